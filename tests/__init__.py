"""Tests of RegionProof."""
