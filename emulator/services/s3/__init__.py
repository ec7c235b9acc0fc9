"""S3: what ministack lacks."""
