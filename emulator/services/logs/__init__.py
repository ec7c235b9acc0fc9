"""CloudWatch Logs: what ministack lacks."""
