"""The benchmark: what an account costs in CPU, time and memory, beside the usual ways of doing the same work."""
