"""Tests of the engine `step-functions`."""
