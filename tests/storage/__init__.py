"""Tests of the files in S3."""
