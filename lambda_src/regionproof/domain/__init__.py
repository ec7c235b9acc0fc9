"""The audit's own words: frozen records and pure functions. Nothing here knows AWS's SDK, a clock or a log."""
