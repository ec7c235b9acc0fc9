"""The fault matrix, calls that serve the whole run: it fails and has done nothing, or it says what did not arrive.

The next run without a fault ends as if nothing had happened.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from emulator.faults.fault import NEED_AN_ANSWER, Fault, Hang
from regionproof.domain.findings import Compliance
from regionproof.domain.receipts import Destination
from tests.faults.fault_free import OPEN, findings_of
from tests.faults.installation import SAMPLE
from tests.faults.recording import LOOKS, OF_THE_RUN, PUBLISHING, READS, effect_names, effect_on
from tests.faults.stage import IMPATIENT, PATIENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.faults.fault import Effect
    from tests.faults.fault_free import FaultFree
    from tests.faults.recording import Call
    from tests.faults.stage import Ended, Stage

pytestmark = pytest.mark.network

LONGEST_RUN = 10.0
IDENTITY = "sts:GetCallerIdentity"
"""The one call that is made with the clients, before the run."""

ABSURD_STATE = "account_state_hibernated"
TRUNCATED = "truncated_body"
DESTINATIONS = {"securityhub": Destination.SECURITY_HUB, "sns": Destination.SNS}
EFFECTS = effect_names(OF_THE_RUN)


def before_publishing(calls: list[Call]) -> list[Call]:
    """Return the calls of a run that come before it publishes anything, those that read accounts left out."""
    first = next(place for place, call in enumerate(calls) if call.action in PUBLISHING)
    return [call for call in calls[:first] if call.action not in READS]


def from_publishing_on(calls: list[Call]) -> list[Call]:
    """Return the calls of a run that publish and remember."""
    first = next(place for place, call in enumerate(calls) if call.action in PUBLISHING)
    return calls[first:]


def hits(calls: list[Call], name: str) -> Iterator[tuple[Call, Effect]]:
    """Yield the calls that an effect can hit."""
    for call in calls:
        if effect := effect_on(call.action, name):
            yield call, effect


def hit_run(stage: Stage, call: Call, effect: Effect) -> tuple[Ended, bool]:
    """Make a run in which a call and those after it are hit; return whether the effect found something to change."""
    with stage.aws.inject(Fault(call.action, effect, skip=call.place)) as injection:
        limits = IMPATIENT if isinstance(effect, Hang) else PATIENT
        ended = stage.run_anew(limits) if call.action == IDENTITY else stage.run(limits)
        hit = injection.injected() > 0
        assert hit or (isinstance(effect, NEED_AN_ANSWER) and injection.matched() > 0)
    assert ended.seconds < LONGEST_RUN
    return ended, hit


def traces(stage: Stage) -> tuple[list[dict[str, Any]], bytes | None]:
    """Return everything in Security Hub and in the ledger, times included."""
    return stage.observer.findings(), stage.observer.ledger()


def assert_it_is_whole(ended: Ended, fault_free: FaultFree) -> None:
    """Every account of the organization is in the report once, and every open account has one finding a rule."""
    assert ended.outcome is not None
    listed = [result.account.id for result in ended.outcome.report.accounts]
    assert listed == sorted(account.id for account in SAMPLE.accounts)
    assert fault_free.findings.keys() <= findings_of(ended.outcome).keys()


def assert_it_went_on_knowingly(ended: Ended, fault_free: FaultFree, call: Call, name: str) -> None:
    """A fault before publishing that stops nothing is one that the report or the alert names."""
    assert_it_is_whole(ended, fault_free)
    assert ended.outcome is not None
    if (call.action, name) == ("organizations:ListAccounts", ABSURD_STATE):
        for account in SAMPLE.accounts:
            verdict = findings_of(ended.outcome)[account.id, "Coverage.1"].verdict
            assert verdict.compliance is Compliance.NON_COMPLIANT
            assert verdict.observed["Call"] == call.action
            assert "HIBERNATED" in verdict.sentence
        return
    assert findings_of(ended.outcome) == fault_free.findings
    if call.action in LOOKS:
        assert any(call.action in said for said in ended.missed)
        return
    assert (call.action, name) == ("s3:GetObject", TRUNCATED)
    assert "damaged" in ended.outcome.ledger_unusable


def assert_the_next_run_ends_as_ever(stage: Stage, fault_free: FaultFree) -> None:
    """Security Hub and ledger are as after the runs without faults."""
    stage.run_undisturbed()
    assert stage.observer.end_state().as_of(OPEN) == fault_free.end.as_of(OPEN)


@pytest.mark.parametrize("name", EFFECTS)
def test_a_fault_before_anything_is_published_stops_the_run_without_a_trace(
    stage: Stage, fault_free: FaultFree, subtests: pytest.Subtests, name: str
) -> None:
    """Nothing is published and the ledger stays, to the byte; a fault that does not stop the run is told."""
    for call, effect in hits(before_publishing(fault_free.second), name):
        fault_free.settle(stage)
        before = traces(stage)
        with subtests.test(call=str(call)):
            ended, hit = hit_run(stage, call, effect)
            if ended.failure:
                assert str(ended.failure)
                assert (traces(stage), stage.told()) == (before, [])
                continue
            if hit:
                assert_it_went_on_knowingly(ended, fault_free, call, name)
                assert stage.told() or call.action in LOOKS
            assert_the_next_run_ends_as_ever(stage, fault_free)


CUT = "connection_cut"
"""The effect of a call whose answer is lost."""


@pytest.mark.parametrize("name", EFFECTS)
def test_a_fault_before_the_first_run_published_anything_leaves_nothing(
    stage: Stage, fault_free: FaultFree, subtests: pytest.Subtests, name: str
) -> None:
    """Not even an empty ledger; the next run is the first."""
    for call, effect in hits(before_publishing(fault_free.first), name):
        if call.action.startswith("organizations:"):
            continue  # they are hit in the second run: a first run lists the organization no differently
        stage.forget()
        with subtests.test(call=str(call)):
            ended, hit = hit_run(stage, call, effect)
            if (call.action, name) == ("s3:PutObject", CUT):
                assert ended.outcome, "S3 took the intent, and the run found that out"
            else:
                assert (ended.failure is not None) is (hit and call.action not in LOOKS)
            assert not ended.failure or traces(stage) == ([], None)
            assert_the_next_run_ends_as_ever(stage, fault_free)
            assert Counter(stage.told()) == Counter(fault_free.told)


@pytest.mark.parametrize("name", EFFECTS)
def test_what_could_not_be_published_or_remembered_is_said_and_made_up_for(
    stage: Stage, fault_free: FaultFree, subtests: pytest.Subtests, name: str
) -> None:
    """The receipt or the failure says so; the next run brings it, and no one is left untold."""
    in_first = [(True, *hit) for hit in hits(from_publishing_on(fault_free.first), name)]
    in_second = [(False, *hit) for hit in hits(from_publishing_on(fault_free.second), name)]
    for is_first, call, effect in (*in_first, *in_second):
        (stage.forget if is_first else partial(fault_free.settle, stage))()
        with subtests.test(call=str(call), is_first_run=is_first):
            ended, hit = hit_run(stage, call, effect)
            if call.action in PUBLISHING:
                assert_the_receipt_says_so(ended, fault_free, call, hit=hit)
            elif not ended.failure:
                assert stage.observer.end_state() == fault_free.end
            else:
                assert str(ended.failure)
            assert_the_next_run_ends_as_ever(stage, fault_free)
            times_told = Counter(stage.told())
            assert set(times_told) == (set(fault_free.told) if is_first else set())
            assert all(times <= 2 for times in times_told.values())


def assert_the_receipt_says_so(ended: Ended, fault_free: FaultFree, call: Call, *, hit: bool) -> None:
    """The report is whole and right; the destination that was hit has a receipt of what it did not take."""
    assert_it_is_whole(ended, fault_free)
    assert ended.outcome is not None
    assert findings_of(ended.outcome) == fault_free.findings
    destination = DESTINATIONS[call.action.partition(":")[0]]
    undelivered = {receipt.destination for receipt in ended.outcome.receipts if receipt.undelivered}
    assert undelivered == ({destination} if hit else set())


def test_the_matrix_has_every_call_of_a_run(fault_free: FaultFree) -> None:
    """What a recorded run calls either reads one account or is hit here, by every effect that there is for it."""
    recorded = {call.action for call in (*fault_free.first, *fault_free.second)}
    here = {call.action for run in (fault_free.first, fault_free.second) for call in before_publishing(run)}
    here |= {call.action for run in (fault_free.first, fault_free.second) for call in from_publishing_on(run)}
    assert here | set(READS) == recorded
    assert set(effect_names(here)) <= set(EFFECTS)
