"""Constructs: one concern a file. They build; ``audit_stack`` composes them."""
