"""Tests of the run and its parts."""
