"""Builders, fakes and stubs that several tests share. No tests."""
