"""Account Management: the Regions of an account."""
