"""The second pass reads the accounts that a run did not try: at once, or when its execution is redriven."""

from __future__ import annotations

from datetime import timedelta

import pytest

from regionproof.domain.run import RunRequest
from regionproof.errors import SetupError
from regionproof.event import read_event
from regionproof.steps.requests import CollectStep, ConcludeStep
from tests.support.builders import NOW

from .stepping import RUN, Steps
from .world import AT_RISK, FINE, LAST_BATCH, OTHERS, World

SECOND_PASS = f"{RUN}/second-pass"
KILLED = frozenset({3})


@pytest.fixture
def world() -> World:
    """Return the world."""
    return World()


def run_second_pass(steps: Steps, batches: list[int]) -> list[tuple[str, str]]:
    """Run the second pass, and return the kind and account of each change."""
    for number in batches:
        steps.second_pass().collect(number)
    return [(change.kind.name, change.account_id) for change in steps.second_pass().conclude().outcome.changes]


def test_a_complete_run_has_no_second_pass(world: World) -> None:
    """The state machine checks the number of accounts. No files are written for it."""
    steps = world.steps()
    assert steps.run(RunRequest()).second_pass == {"run": RUN, "accounts": 0, "batches": []}
    assert [key for key in steps.objects.written if "second-pass" in key] == []


def test_the_accounts_of_a_failed_batch_are_planned_for_the_second_pass(world: World) -> None:
    """Its files are in the folder of the run."""
    steps = world.steps()
    assert steps.run(RunRequest(), KILLED).second_pass == {"run": SECOND_PASS, "accounts": 2, "batches": [0, 1]}
    assert {key for key in steps.objects.written if "second-pass" in key} == {
        f"runs/{SECOND_PASS}/{name}.json.gz" for name in ("batches/00000", "batches/00001", "ledger", "plan")
    }


def test_the_second_pass_reads_and_reports_only_those_accounts(world: World) -> None:
    """Changes that the run reported are not repeated, although the ledger at its plan did not have them."""
    steps = world.steps()
    world.facts[LAST_BATCH[0]] = AT_RISK
    steps.run(RunRequest(), KILLED)
    world.asked.clear()
    assert run_second_pass(steps, [0, 1]) == [("NEWLY_NONCOMPLIANT", LAST_BATCH[0])]
    assert world.asked == list(LAST_BATCH)
    report = world.security_hub.reports[-1]
    assert (report.run.is_partial, {result.account.id for result in report.audited}) == (True, set(LAST_BATCH))


def test_a_run_with_its_second_pass_leaves_the_ledger_of_one_run(world: World) -> None:
    """The next run has no changes to report."""
    steps = world.steps()
    steps.run(RunRequest(), KILLED)
    run_second_pass(steps, [0, 1])
    assert world.steps().run(RunRequest()).outcome.changes == ()


def test_a_redrive_reads_only_failed_batches_again(world: World) -> None:
    """A redrive days later keeps the time of the plan."""
    steps = world.steps()
    steps.run(RunRequest(), KILLED)
    steps.second_pass().collect(0)
    steps.objects.refused = "second-pass/facts/00001"
    with pytest.raises(SetupError, match="was refused"):
        steps.second_pass().collect(1)
    steps.objects.refused = ""
    world.asked.clear()
    world.now += timedelta(days=2)
    world.facts[LAST_BATCH[1]] = AT_RISK
    assert run_second_pass(steps, [1]) == [("NEWLY_NONCOMPLIANT", LAST_BATCH[1])]
    assert world.asked == [LAST_BATCH[1]]
    assert world.security_hub.reports[-1].run.started_at == NOW


def test_accounts_that_a_batch_had_no_time_for_are_in_the_second_pass_too(world: World) -> None:
    """They are reported as not tried, and the reason mentions the next attempt."""
    conclusion = world.run_with_no_time_for_the_second_account()
    assert conclusion.second_pass == {"run": SECOND_PASS, "accounts": 1, "batches": [0]}
    (not_tried,) = (change for change in conclusion.outcome.changes if change.kind.name == "NOT_TRIED")
    assert not_tried.detail == (
        f"1 of 8 accounts: its batch ran out of time; the same execution reads it again. Accounts: {OTHERS[0]}."
    )


def test_the_second_pass_is_the_last_attempt_of_an_execution(world: World) -> None:
    """The next run reads the accounts that it did not try, and the alert states this."""
    steps = world.steps()
    steps.run(RunRequest(), KILLED)
    conclusion = steps.second_pass().conclude()
    assert conclusion.second_pass == {"run": SECOND_PASS, "accounts": 0, "batches": []}
    (not_tried,) = conclusion.outcome.changes
    assert "; the next run reads it" in not_tried.detail


def test_the_second_pass_of_a_dry_run_is_dry(world: World) -> None:
    """It does not publish or write the ledger either."""
    steps = world.steps()
    steps.run(RunRequest(dry_run=True), KILLED)
    world.facts[LAST_BATCH[0]] = FINE
    run_second_pass(steps, [0, 1])
    assert (world.security_hub.published, world.ledger.ledger) == ([], None)


def test_the_events_of_the_second_pass_have_a_run_id_that_no_execution_can_have() -> None:
    """The name of an execution cannot contain a slash, so no other run writes into that folder."""
    assert read_event({"step": "collect", "run": SECOND_PASS, "batch": 1}) == CollectStep(SECOND_PASS, 1)
    assert read_event({"step": "conclude", "run": SECOND_PASS}) == ConcludeStep(SECOND_PASS)
