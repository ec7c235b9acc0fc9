"""Tests of the language that people read."""
