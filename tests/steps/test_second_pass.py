"""What a run left out is read once more, as a run of its own: at once, or when its execution is redriven."""

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


def redriven(steps: Steps, batches: list[int]) -> list[tuple[str, str]]:
    """Read and conclude the rest, and return what it told: kind and account of each change."""
    for number in batches:
        steps.second_pass().collect(number)
    return [(change.kind.name, change.account_id) for change in steps.second_pass().conclude().outcome.changes]


def test_a_run_that_left_nothing_out_has_no_rest(world: World) -> None:
    """The state machine goes on by this number; nothing is written for it."""
    steps = world.steps()
    assert steps.run(RunRequest()).second_pass == {"run": RUN, "accounts": 0, "batches": []}
    assert [key for key in steps.objects.written if "second-pass" in key] == []


def test_the_accounts_of_a_failed_batch_are_planned_anew(world: World) -> None:
    """As batches of their own, in the folder of the run."""
    steps = world.steps()
    assert steps.run(RunRequest(), KILLED).second_pass == {"run": SECOND_PASS, "accounts": 2, "batches": [0, 1]}
    assert {key for key in steps.objects.written if "second-pass" in key} == {
        f"runs/{SECOND_PASS}/{name}.json.gz" for name in ("batches/00000", "batches/00001", "ledger", "plan")
    }


def test_the_rest_reads_those_accounts_and_tells_of_them_alone(world: World) -> None:
    """What the run told is not told again, though the ledger of its plan did not know it yet."""
    steps = world.steps()
    world.facts[LAST_BATCH[0]] = AT_RISK
    steps.run(RunRequest(), KILLED)
    world.asked.clear()
    assert redriven(steps, [0, 1]) == [("NEWLY_NONCOMPLIANT", LAST_BATCH[0])]
    assert world.asked == list(LAST_BATCH)
    told = world.security_hub.reports[-1]
    assert (told.run.is_partial, {result.account.id for result in told.audited}) == (True, set(LAST_BATCH))


def test_the_rest_and_the_run_together_remember_what_one_run_would(world: World) -> None:
    """The next run has nothing to tell."""
    steps = world.steps()
    steps.run(RunRequest(), KILLED)
    redriven(steps, [0, 1])
    assert world.steps().run(RunRequest()).outcome.changes == ()


def test_a_redrive_reads_again_only_what_failed(world: World) -> None:
    """Batches of the rest that succeeded are not read twice; a redrive days later is told by its own time."""
    steps = world.steps()
    steps.run(RunRequest(), KILLED)
    steps.second_pass().collect(0)
    steps.objects.refused = "second-pass/facts/00001"
    with pytest.raises(SetupError, match="is not kept"):
        steps.second_pass().collect(1)
    steps.objects.refused = ""
    world.asked.clear()
    world.now += timedelta(days=2)
    world.facts[LAST_BATCH[1]] = AT_RISK
    assert redriven(steps, [1]) == [("NEWLY_NONCOMPLIANT", LAST_BATCH[1])]
    assert world.asked == [LAST_BATCH[1]]
    assert world.security_hub.reports[-1].run.started_at == NOW


def test_accounts_that_a_batch_had_no_time_for_are_in_the_rest_too(world: World) -> None:
    """Their batch left facts, and they are told as not tried, with what happens next."""
    conclusion = world.run_with_no_time_for_the_second_account()
    assert conclusion.second_pass == {"run": SECOND_PASS, "accounts": 1, "batches": [0]}
    (left_out,) = (change for change in conclusion.outcome.changes if change.kind.name == "NOT_TRIED")
    assert left_out.detail == (
        f"1 of 8 accounts: its batch ran out of time; the same execution reads it again. Accounts: {OTHERS[0]}."
    )


def test_the_rest_is_the_last_try_of_an_execution(world: World) -> None:
    """Who is left out even there waits for the next run, and is told so."""
    steps = world.steps()
    steps.run(RunRequest(), KILLED)
    conclusion = steps.second_pass().conclude()
    assert conclusion.second_pass == {"run": SECOND_PASS, "accounts": 0, "batches": []}
    (left_out,) = conclusion.outcome.changes
    assert "; the next run reads it" in left_out.detail


def test_the_rest_of_a_dry_run_is_dry(world: World) -> None:
    """It publishes and remembers as little."""
    steps = world.steps()
    steps.run(RunRequest(dry_run=True), KILLED)
    world.facts[LAST_BATCH[0]] = FINE
    redriven(steps, [0, 1])
    assert (world.security_hub.published, world.ledger.ledger) == ([], None)


def test_the_events_of_the_rest_name_it_and_no_execution_can_be_called_so() -> None:
    """A slash is in no name of an execution: nobody else writes into that folder."""
    assert read_event({"step": "collect", "run": SECOND_PASS, "batch": 1}) == CollectStep(SECOND_PASS, 1)
    assert read_event({"step": "conclude", "run": SECOND_PASS}) == ConcludeStep(SECOND_PASS)
