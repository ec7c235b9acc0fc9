"""Broken answers of AWS, at every call of a run: none stops a run for long, none becomes a verdict."""
