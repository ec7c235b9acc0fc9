"""Runs while AWS throttles, denies, fails or answers late: how long each takes, and what it still does."""
