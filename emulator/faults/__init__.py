"""Faults: which call goes wrong, and how."""
