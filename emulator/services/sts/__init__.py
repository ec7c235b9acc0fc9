"""STS: AssumeRole, AssumeRoot and session tokens of version 1 and 2."""
