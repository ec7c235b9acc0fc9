"""Tests of the local AWS over HTTP, with boto3."""
