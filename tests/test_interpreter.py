"""During an audit the interpreter serves many threads and records; before and after it is as it was."""

from __future__ import annotations

import contextlib
import gc
import sys

import pytest

from regionproof.interpreter import OBJECTS_UNTIL_COLLECTION, SWITCH_SECONDS, for_many_accounts


def test_the_block_leaves_everything_as_it_was() -> None:
    """Also where it fails, and after a block inside it."""
    before = sys.getswitchinterval(), gc.get_threshold()
    with contextlib.suppress(LookupError), for_many_accounts():
        with for_many_accounts():
            pass
        assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS, rel=0.001)
        assert gc.get_threshold() == (OBJECTS_UNTIL_COLLECTION, *before[1][1:])
        raise LookupError
    assert (sys.getswitchinterval(), gc.get_threshold()) == before
