"""The matrix of broken answers: call by kind. ``make soak`` sets ``REGIONPROOF_SOAK`` and runs every cell.

In each cell the run ends within its time, no other account's verdict changes, nothing counts as delivered that was
not, and the next run is complete.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.broken_answers.matrix import CELLS, KINDS, ROWS, Setting, sample
from tests.broken_answers.parallel import red_cells
from tests.broken_answers.running import slots

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

SOAK = "REGIONPROOF_SOAK" in os.environ
CHOSEN = CELLS if SOAK else sample(CELLS)


def test_the_matrix_has_every_call_and_many_kinds() -> None:
    """At least 14 calls, each with at least 40 kinds, and no kind that fits none."""
    assert len({row.operation for row in ROWS}) >= 14
    assert min(sum(row.fits(kind) for kind in KINDS) for row in ROWS) >= 40
    assert {cell.kind.name for cell in CELLS} == {kind.name for kind in KINDS}
    assert len({str(cell) for cell in CELLS}) == len(CELLS)


def test_the_matrix_has_every_call_that_a_run_makes(configuration: Path) -> None:
    """In each setting, in a first run and in a second one."""
    with slots(1, configuration) as (slot,):
        for setting in Setting:
            slot.empty(None, setting)
            slot.run_undisturbed(setting)
            slot.run_undisturbed(setting)
            assert slot.world.asked <= {row.operation for row in ROWS}


def test_the_part_that_always_runs_meets_every_kind_of_damage() -> None:
    """Every kind once, except that single members are sampled; every call as often as any other, nearly."""
    met = {cell.kind.name for cell in sample(CELLS)}
    assert met >= {kind.name for kind in KINDS if kind.family != "member"}
    assert {cell.row for cell in sample(CELLS)} == set(ROWS)


def test_a_broken_answer_takes_no_more_than_it_must(configuration: Path, subtests: pytest.Subtests) -> None:
    """One account, one look, one destination; or the run, which ends with one sentence and without a trace."""
    for cell, broken in red_cells(CHOSEN, configuration).items():
        with subtests.test(cell=str(cell)):
            assert broken == []
