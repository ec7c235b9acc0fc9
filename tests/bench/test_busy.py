"""Other work on the machine ends with its block."""

from __future__ import annotations

import pytest

from bench.busy import busy
from bench.usage import descendants


def test_busy_processes_end_with_the_block() -> None:
    """Also if the block fails."""
    before = set(descendants())

    def fail() -> None:
        with busy(2):
            assert len(set(descendants()) - before) == 2
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert set(descendants()) <= before
