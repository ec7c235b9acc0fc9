"""The time of a run: each phase ends early enough for those that follow."""

from __future__ import annotations

import pytest

from regionproof.time_budget import (
    LARGEST_RESERVE,
    SECONDS_FOR_ALERT,
    SECONDS_FOR_IMPORTS,
    SECONDS_FOR_LEDGER,
    TimeBudget,
)

LAMBDA_SECONDS = 900


def _budget(total: float, accounts: int = 0, passed: float = 0) -> TimeBudget:
    """Return the budget of a run, after some of its time has passed."""
    now = [0.0]
    budget = TimeBudget(lambda: total - now[0], lambda: now[0], accounts)
    now[0] = passed
    return budget


@pytest.mark.parametrize("total", [5, 60, 300, LAMBDA_SECONDS])
@pytest.mark.parametrize("accounts", [0, 600, 10_000])
def test_the_phases_end_one_after_the_other(total: float, accounts: int) -> None:
    """Reading, the list of old findings, imports, alert, ledger; and each has some time, however short the run."""
    budget = _budget(total, accounts)
    ends = [budget.for_reading(), budget.for_old_findings(), budget.for_imports(), budget.for_alert(), budget.for_run()]
    assert ends == sorted(ends)
    assert len(set(ends)) == len(ends)
    assert ends[0] > 0


def test_a_run_in_lambda_keeps_the_whole_reserve() -> None:
    """With time to publish each account."""
    budget = _budget(LAMBDA_SECONDS, 1000)
    kept = SECONDS_FOR_LEDGER + SECONDS_FOR_ALERT + SECONDS_FOR_IMPORTS
    assert budget.for_run() - budget.for_reading() == pytest.approx(kept + 30)
    assert budget.for_run() - budget.for_imports() == SECONDS_FOR_LEDGER + SECONDS_FOR_ALERT
    assert budget.for_run() - budget.for_alert() == SECONDS_FOR_LEDGER


def test_a_short_run_spends_a_part_on_reading() -> None:
    """It would read nothing else."""
    budget = _budget(60, 100)
    assert budget.for_run() - budget.for_reading() == pytest.approx(LARGEST_RESERVE * 60)


def test_time_that_has_passed_is_gone() -> None:
    """For every phase alike."""
    before, after = _budget(LAMBDA_SECONDS), _budget(LAMBDA_SECONDS, passed=100)
    assert before.for_reading() - after.for_reading() == pytest.approx(100)
    assert before.for_run() - after.for_run() == pytest.approx(100)


def test_a_clock_that_stands_still_is_not_believed() -> None:
    """Who says for ever that 900 seconds are left would let a run wait for ever."""
    now = [0.0]
    budget = TimeBudget(lambda: LAMBDA_SECONDS, lambda: now[0])
    now[0] = LAMBDA_SECONDS
    assert budget.for_run() <= 0


def test_a_run_without_a_deadline_has_time_for_everything() -> None:
    """Such as one in a terminal."""
    budget = TimeBudget()
    assert {budget.for_reading(), budget.for_imports(), budget.for_alert(), budget.for_run()} == {float("inf")}
