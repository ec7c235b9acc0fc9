"""The demonstration: a local AWS with a sample organization."""
