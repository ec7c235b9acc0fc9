"""Which tests share a worker, and in which order they start, when pytest runs on several cores.

The tests of some folders share an expensive fixture: a deployed stack, a local AWS, a synthesized app. They run on one
worker, which creates the fixture once. The longest tests start first. (The groups of xdist have no effect in pytest 9.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdist.scheduler.loadscope import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest

APART = (
    "tests/e2e/test_ways_in.py",
    "tests/e2e/test_distributed.py",
    "tests/e2e/test_opt_in_region.py",
    "tests/e2e/test_life_of_a_stack.py",
)
"""Files that do not use the shared fixture of their folder."""

TOGETHER = ("tests/e2e", "tests/infra", "tests/emulator")
"""Folders whose tests share an expensive fixture."""

FIRST = (
    *APART,
    "tests/e2e",
    "tests/faults",
    "tests/broken_answers",
    "tests/audit/test_state_machine.py",
    "tests/infra",
    "tests/emulator",
)


class SharedWorkers(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Keeps the tests of one file on one worker, and those of some folders as well."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in APART:
            return file
        return next((folder for folder in TOGETHER if file.startswith(f"{folder}/")), file)


def longest_first(item: pytest.Item) -> int:
    """Return the position of a test's file in the order of starting."""
    places = (place for place, start in enumerate(FIRST) if item.nodeid.startswith(start))
    return next(places, len(FIRST))
