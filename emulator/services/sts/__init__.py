"""STS: sessions, root sessions and session tokens."""
