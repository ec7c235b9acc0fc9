"""A light AWS on 127.0.0.1: it answers by rule, takes as long as AWS does, and counts what it is asked."""
