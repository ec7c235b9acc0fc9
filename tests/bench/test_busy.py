"""Other work on the machine ends with its block."""

from __future__ import annotations

from .busy import busy
from .usage import descendants


def test_busy_processes_end_with_the_block() -> None:
    """Also if the block fails."""
    before = set(descendants())
    try:
        with busy(2):
            assert len(set(descendants()) - before) == 2
            raise LookupError
    except LookupError:
        assert set(descendants()) <= before
