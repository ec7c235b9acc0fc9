"""Many cells at once: they mostly wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tests.broken_answers.promises import broken_promises, fault_free
from tests.broken_answers.running import Slot, slots

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.broken_answers.matrix import Cell

AT_ONCE = 12


def red_cells(cells: Iterable[Cell], configuration: Path) -> dict[Cell, list[str]]:
    """Run cells and return those that broke a promise, with each one."""
    wanted = list(cells)
    with slots(AT_ONCE, configuration) as made, ThreadPoolExecutor(AT_ONCE) as pool:
        expected = {setting: fault_free(made[0], setting) for setting in {cell.row.setting for cell in wanted}}
        free: SimpleQueue[Slot] = SimpleQueue()
        for slot in made:
            free.put(slot)

        def one(cell: Cell) -> list[str]:
            slot = free.get()
            try:
                return broken_promises(slot, cell, expected[cell.row.setting])
            finally:
                free.put(slot)

        found = dict(zip(wanted, pool.map(one, wanted), strict=True))
    return {cell: broken for cell, broken in found.items() if broken}
