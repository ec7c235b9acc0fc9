"""Untrusted text of every kind through every form of output: it breaks no line, forges none, and calls no one."""
