"""Authorization: policy evaluation and AWS's denial messages."""
