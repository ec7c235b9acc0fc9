"""Whether everything that an audit needs is in place, and how to fix what is missing."""
