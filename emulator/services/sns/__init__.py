"""SNS: topic keys, message subjects and e-mail."""
