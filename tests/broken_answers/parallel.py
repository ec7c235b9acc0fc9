"""Many cells at once: they mostly wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tests.broken_answers.matrix import Cell, Setting
from tests.broken_answers.promises import NEVER_MADE, broken_promises, fault_free
from tests.broken_answers.running import Slot, slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future
    from pathlib import Path

    Check = Callable[[Slot, Cell], list[str]]
    """Runs a cell in its own place, and returns the promises that were broken."""

AT_ONCE = {Setting.BY_ROLE: 10, Setting.BY_ROOT: 8, Setting.WITHOUT_PATHS: 2, Setting.DELEGATED: 4}
"""Places for each setting: the clients of a place serve many cells."""


def red_cells(cells: Iterable[Cell], configuration: Path) -> dict[Cell, list[str]]:
    """Run the audit for each cell, and return those that broke a promise."""
    wanted = list(cells)
    with slots(1, configuration) as (slot,):
        expected = {setting: fault_free(slot, setting) for setting in {cell.row.setting for cell in wanted}}

    def check(slot: Slot, cell: Cell) -> list[str]:
        return broken_promises(slot, cell, expected[cell.row.setting])

    red = checked(wanted, configuration, check)
    # Beside many others a run with a deadline may end before its fault; alone it has all the time that it needs.
    starved = [cell for cell, broken in red.items() if NEVER_MADE in broken]
    with slots(1, configuration) as (slot,):
        again = {cell: check(slot, cell) for cell in starved}
    return {cell: broken for cell, broken in {**red, **again}.items() if broken}


def checked(cells: Iterable[Cell], configuration: Path, check: Check) -> dict[Cell, list[str]]:
    """Check each cell, and return those that broke a promise."""
    wanted = list(cells)
    found: dict[Cell, Future[list[str]]] = {}
    with slots(sum(AT_ONCE.values()), configuration) as made, ExitStack() as stack:
        places = iter(made)
        for setting, at_once in AT_ONCE.items():
            pool = stack.enter_context(ThreadPoolExecutor(at_once))
            free: SimpleQueue[Slot] = SimpleQueue()
            for _ in range(at_once):
                free.put(next(places))
            in_setting = (cell for cell in wanted if cell.row.setting is setting)
            found |= {cell: pool.submit(partial(_in_a_free_slot, free, check), cell) for cell in in_setting}
    results = {cell: future.result() for cell, future in found.items()}
    return {cell: broken for cell, broken in results.items() if broken}


def _in_a_free_slot(free: SimpleQueue[Slot], check: Check, cell: Cell) -> list[str]:
    slot = free.get()
    try:
        return check(slot, cell)
    finally:
        free.put(slot)
