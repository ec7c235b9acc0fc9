"""SNS: keys, subjects and mail, which ministack lacks."""
