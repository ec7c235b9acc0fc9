"""Tests of a run in steps."""
