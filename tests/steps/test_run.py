"""The steps of a run: their reads, writes, results and retries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from regionproof.domain.ledger import Ledger
from regionproof.domain.run import RunRequest
from regionproof.errors import SetupError, UnknownAccounts
from regionproof.steps.run import BatchTimedOut
from regionproof.storage.packed_json import InvalidRunFile
from tests.support.builders import MANAGEMENT_ACCOUNT_ID, NOW, ORGANIZATION_ID

from .stepping import RUN, Objects, Steps
from .world import AT_RISK, BATCHES, FINE, LAST_BATCH, OTHERS, World


@pytest.fixture
def world() -> World:
    """Return the world."""
    return World()


def test_a_plan_writes_the_batches_before_the_plan_and_returns_their_numbers(world: World) -> None:
    """If the plan exists, all batches do. No account is read for it."""
    steps = world.steps()
    assert steps.plan(RunRequest()) == {"run": RUN, "accounts": 8, "batches": [0, 1, 2, 3]}
    folder = f"runs/{RUN}"
    batches = [f"{folder}/batches/{number:05}.json.gz" for number in range(BATCHES)]
    assert steps.objects.written == [*batches, f"{folder}/ledger.json.gz", f"{folder}/plan.json.gz"]
    assert world.asked == []


def test_a_plan_that_fails_writes_nothing(world: World) -> None:
    """It raises the same error as a run in one call."""
    steps = world.steps()
    with pytest.raises(UnknownAccounts):
        steps.plan(RunRequest(frozenset({"999999999999"})))
    assert steps.objects.written == []


def test_a_batch_reads_its_own_accounts_and_returns_only_counts(world: World) -> None:
    """The state of the state machine must stay small."""
    steps = world.steps()
    steps.plan(RunRequest())
    assert steps.collect(0) == {"batch": 0, "accounts": 2, "audited": 2}
    assert steps.collect(1) == {"batch": 1, "accounts": 2, "audited": 1}
    assert world.asked == [MANAGEMENT_ACCOUNT_ID, *OTHERS[:3]]


def test_a_batch_that_is_retried_reads_no_account_twice(world: World) -> None:
    """The response of the first attempt was lost, but its facts exist under the same key."""
    steps = world.steps()
    steps.plan(RunRequest())
    first = steps.collect(0)
    kept = dict(steps.objects.kept)
    assert steps.collect(0) == first
    assert world.asked == [MANAGEMENT_ACCOUNT_ID, OTHERS[0]]
    assert steps.objects.kept == kept


def test_a_batch_that_runs_out_of_time_keeps_its_facts_and_a_retry_reads_the_rest(world: World) -> None:
    """It fails, and the state machine retries it."""
    steps = world.steps()
    steps.plan(RunRequest())
    world.reads_left = 1
    with pytest.raises(BatchTimedOut, match="batch 0 ran out of time with 1 of 2 accounts unread"):
        steps.collect(0)
    assert steps.collect(0) == {"batch": 0, "accounts": 2, "audited": 2}
    assert world.asked == [MANAGEMENT_ACCOUNT_ID, OTHERS[0]]


def test_facts_that_a_batch_read_before_it_ran_out_of_time_are_judged(world: World) -> None:
    """Only the unread account is not tried."""
    conclusion = world.run_with_no_time_for_the_second_account()
    assert conclusion.failed == ()
    assert [result.account.id for result in conclusion.outcome.report.not_tried] == [OTHERS[0]]


def test_a_run_with_the_same_id_does_not_use_the_facts_of_an_earlier_run(world: World) -> None:
    """Old facts are read again. A retry of the same plan still reads no account twice."""
    earlier = world.steps()
    earlier.run(RunRequest())
    world.asked.clear()
    world.now += timedelta(days=1)
    world.facts[OTHERS[2]] = AT_RISK
    later = Steps(world.audit, earlier.objects)
    conclusion = later.run(RunRequest())
    assert world.asked == [MANAGEMENT_ACCOUNT_ID, *OTHERS]
    assert [change.account_id for change in conclusion.outcome.changes] == [OTHERS[2]]
    later.collect(0)
    assert len(world.asked) == len(OTHERS) + 1


def test_facts_of_an_earlier_plan_count_as_a_failed_batch(world: World) -> None:
    """The batch of this plan wrote none. The facts under its key are a day old."""
    earlier = world.steps()
    earlier.run(RunRequest())
    world.now += timedelta(days=1)
    conclusion = Steps(world.audit, earlier.objects).run(RunRequest(), killed=frozenset({3}))
    (failed,) = conclusion.failed
    assert failed.reason == f"runs/{RUN}/facts/00003.json.gz belongs to the plan of {NOW:%Y-%m-%dT%H:%M:%SZ}"
    assert [result.account.id for result in conclusion.outcome.report.not_tried] == list(LAST_BATCH)


def test_damaged_facts_are_read_again_and_replaced(world: World) -> None:
    """So are facts that another version wrote."""
    steps = world.steps()
    steps.plan(RunRequest())
    steps.objects.kept[steps.objects.facts(0)] = b"no facts"
    assert steps.collect(0)["audited"] == 2
    assert world.asked == [MANAGEMENT_ACCOUNT_ID, OTHERS[0]]


def test_a_batch_that_is_missing_or_damaged_fails(world: World) -> None:
    """It must not count as an empty batch."""
    steps = world.steps()
    steps.plan(RunRequest())
    with pytest.raises(InvalidRunFile, match=rf"runs/{RUN}/batches/00004\.json\.gz does not exist"):
        steps.collect(4)
    steps.objects.kept[f"runs/{RUN}/batches/00000.json.gz"] = b"{"
    with pytest.raises(InvalidRunFile, match=r"batches/00000\.json\.gz cannot be used: it is damaged"):
        steps.collect(0)


def test_a_run_without_its_plan_is_not_concluded(world: World) -> None:
    """Nothing is published."""
    steps = world.steps()
    steps.plan(RunRequest())
    del steps.objects.kept[f"runs/{RUN}/plan.json.gz"]
    with pytest.raises(InvalidRunFile, match="does not exist"):
        steps.conclude()
    assert world.security_hub.published == []


def test_changes_that_another_run_reported_since_the_plan_are_not_reported_again(world: World) -> None:
    """The conclusion starts over from the newer ledger."""
    steps = world.steps()
    for number in steps.plan(RunRequest())["batches"]:
        steps.collect(number)
    Steps(world.audit, Objects()).run(RunRequest())
    assert world.sns.published[-1].changes
    assert steps.conclude().outcome.changes == ()


def test_later_observations_of_another_run_are_not_overwritten(world: World) -> None:
    """Not in the ledger and not in Security Hub, and there is no alert."""
    steps = world.steps()
    for number in steps.plan(RunRequest())["batches"]:
        steps.collect(number)
    world.facts[OTHERS[0]] = FINE
    world.now += timedelta(hours=1)
    Steps(world.audit, Objects()).run(RunRequest())
    later = world.ledger.ledger
    assert later
    outcome = steps.conclude().outcome
    assert outcome.changes == ()
    assert world.ledger.ledger
    assert world.ledger.ledger.entries[OTHERS[0], "STS.1"] == later.entries[OTHERS[0], "STS.1"]
    stale = next(f for f in outcome.report.findings if (f.account.id, f.rule) == (OTHERS[0], "STS.1"))
    assert world.security_hub.published[-1].updated_at(stale) < world.now


def test_a_conclusion_that_is_retried_after_its_alert_repeats_it_once(world: World) -> None:
    """The first attempt failed before it could record the alert."""
    steps = world.steps()
    for number in steps.plan(RunRequest())["batches"]:
        steps.collect(number)
    world.ledger.refused_writes = [False, True]
    with pytest.raises(SetupError):
        steps.conclude()
    first = world.sns.published[-1].changes
    assert steps.conclude().outcome.changes == first
    assert steps.conclude().outcome.changes == ()


def test_a_ledger_that_was_unusable_at_the_plan_is_set_aside_at_the_end(world: World) -> None:
    """Its bytes are kept, and the outcome has the reason."""
    world.ledger.unusable = "it is damaged"
    conclusion = world.steps().run(RunRequest())
    assert conclusion.outcome.ledger_unusable == "it is damaged"
    assert world.ledger.set_aside == [b"damaged"]


def test_a_damaged_copy_of_the_ledger_fails_the_run(world: World) -> None:
    """With an empty ledger, everything would be reported again."""
    steps = world.steps()
    steps.plan(RunRequest())
    steps.objects.kept[f"runs/{RUN}/ledger.json.gz"] = b"{"
    with pytest.raises(InvalidRunFile, match=r"ledger\.json\.gz cannot be used"):
        steps.conclude()


def test_the_throttled_calls_of_all_steps_are_counted_once(world: World) -> None:
    """The plan, the batches and the conclusion count, and both attempts at a batch."""
    steps = world.steps()
    steps.throttled = 1
    assert steps.run(RunRequest()).throttled_calls == 1 + BATCHES + 1
    retried = Steps(world.audit, Objects(), throttled=1)
    retried.plan(RunRequest())
    retried.collect(0)
    retried.collect(0)
    assert retried.conclude().throttled_calls == 1 + 2 + 1


def test_a_run_stays_dry_and_partial_until_the_end(world: World) -> None:
    """The plan contains the request."""
    conclusion = world.steps().run(RunRequest(frozenset({OTHERS[0]}), dry_run=True))
    assert world.asked == [OTHERS[0]]
    assert conclusion.outcome.report.run.is_partial
    assert world.security_hub.published == []
    assert world.ledger.ledger is None


def test_the_ledger_of_the_plan_is_that_of_the_organization(world: World) -> None:
    """A first run has an empty ledger, like a first run in one call."""
    conclusion = world.steps().run(RunRequest())
    assert conclusion.outcome.report.organization.id == ORGANIZATION_ID
    assert world.security_hub.published[0].ledger == Ledger(ORGANIZATION_ID)
