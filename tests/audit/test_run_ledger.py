"""The run and its ledger: published changes are recorded, even if other runs write too or time runs out."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from regionproof.audit.run import MOST_LEDGER_WRITES
from regionproof.domain.changes import ChangeKind
from regionproof.domain.facts import TokenVersion
from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.ledger import Intent, Ledger
from regionproof.domain.ports import LedgerConflict
from regionproof.domain.receipts import Destination
from regionproof.domain.run import RunRequest
from regionproof.errors import LedgerWriteFailed, SetupError
from tests.support.builders import MANAGEMENT_ACCOUNT_ID, NOW, an_account, some_facts
from tests.support.fakes import FakeLedgerStore, FakeOrganizationSource, RecordingPublisher

from .test_run import AT_RISK, FINE, A, B, C, World, ledger_after_a_run

if TYPE_CHECKING:
    from regionproof.domain.facts import AccountFacts
    from regionproof.domain.ports import LedgerSnapshot
    from regionproof.domain.receipts import Receipt
    from regionproof.domain.reconciliation import Reconciliation


def _kinds(world: World) -> list[ChangeKind]:
    return [change.kind for reconciliation in world.sns.published for change in reconciliation.changes]


def test_a_change_that_was_reported_is_not_reported_again() -> None:
    """The second run of an unchanged organization reports no changes."""
    world = World()
    world.audit().run(RunRequest(), "run-1")
    assert world.audit().run(RunRequest(), "run-2").changes == ()
    assert _kinds(world) == [ChangeKind.NEWLY_NONCOMPLIANT]


def test_a_change_whose_alert_was_refused_is_reported_by_the_next_run() -> None:
    """A refused message has not reported anything."""
    world = World()
    world.sns.refuses_everything = True
    world.audit().run(RunRequest(), "run-1")
    world.sns.refuses_everything = False
    outcome = world.audit().run(RunRequest(), "run-2")
    assert [change.kind for change in outcome.changes] == [ChangeKind.NEWLY_NONCOMPLIANT]


def _published_and_written(world: World) -> list[str]:
    return [step for step in world.steps if "publish" in step or "ledger" in step]


@pytest.mark.parametrize(
    ("before_which_write", "steps"),
    [
        (0, ["write ledger", "read ledger", "write ledger", "publish Security Hub", "publish SNS", "write ledger"]),
        (1, ["write ledger", "publish Security Hub", "publish SNS", "write ledger", "read ledger", "write ledger"]),
    ],
    ids=["before its intent", "before its outcome"],
)
def test_a_run_that_another_run_overtakes_writes_its_changes_into_the_newer_ledger(
    before_which_write: int, steps: list[str]
) -> None:
    """The ledger is read again, but not the organization. No change of either run is lost."""
    ledger = ledger_after_a_run()
    tomorrow = NOW + timedelta(days=1)
    later = dataclasses.replace(
        ledger.entries[B, "STS.1"], last_seen=tomorrow, sent_at=tomorrow, alerted_severity=Severity.HIGH
    )
    newer = dataclasses.replace(ledger, entries={**ledger.entries, (B, "STS.1"): later})
    world = World(
        facts={MANAGEMENT_ACCOUNT_ID: FINE, A: AT_RISK, B: FINE, C: AT_RISK},
        ledger=FakeLedgerStore(ledger, 1, others_write=[*[None] * before_which_write, newer]),
    )
    world.audit().run(RunRequest(), "run-2")
    assert world.ledger.ledger
    assert world.ledger.ledger.entries[B, "STS.1"] == later
    assert world.ledger.ledger.entries[C, "STS.1"].alerted_severity is Severity.HIGH
    assert world.ledger.ledger.intent is None
    assert world.steps.count("discover") == 1
    assert _published_and_written(world) == ["read ledger", *steps]


@pytest.mark.parametrize(
    ("writes_before_the_others", "published", "written"),
    [(0, 0, MOST_LEDGER_WRITES), (1, 1, 1 + MOST_LEDGER_WRITES)],
    ids=["before its intent", "before its outcome"],
)
def test_a_run_fails_if_other_runs_write_the_ledger_every_time(
    writes_before_the_others: int, published: int, written: int
) -> None:
    """If the intent could not be written, nothing is published."""
    ledger = dataclasses.replace(ledger_after_a_run(), entries={})
    others = [None] * writes_before_the_others + [ledger] * MOST_LEDGER_WRITES
    world = World(ledger=FakeLedgerStore(ledger, 1, others_write=[*others]))
    with pytest.raises(LedgerWriteFailed, match=f"wrote the ledger {MOST_LEDGER_WRITES} times in a row"):
        world.audit().run(RunRequest(), "run-1")
    assert len(world.security_hub.published) == published
    assert world.steps.count("write ledger") == written


@pytest.mark.parametrize("writes_before_the_others", [0, 1])
def test_the_last_attempt_to_write_the_ledger_can_succeed(writes_before_the_others: int) -> None:
    """There is one write by other runs less than there are attempts."""
    ledger = dataclasses.replace(ledger_after_a_run(), entries={})
    others = [None] * writes_before_the_others + [ledger] * (MOST_LEDGER_WRITES - 1)
    world = World(ledger=FakeLedgerStore(ledger, 1, others_write=[*others]))
    world.audit().run(RunRequest(), "run-1")
    assert world.ledger.others_write == []


def test_a_run_that_cannot_record_its_intent_sends_nothing() -> None:
    """Not even after several attempts. Otherwise each attempt would send the same alert."""
    world = World(ledger=FakeLedgerStore(refused_writes=[True] * 4))
    for _ in range(4):
        with pytest.raises(SetupError, match="PutObject failed with AccessDenied"):
            world.audit().run(RunRequest(), "run-1")
    assert (world.security_hub.published, world.sns.published) == ([], [])


def test_a_run_without_changes_writes_the_ledger_once() -> None:
    """It has no intent to record."""
    world = World(ledger=FakeLedgerStore(ledger_after_a_run(), 1))
    world.audit().run(RunRequest(), "run-1")
    assert world.steps.count("write ledger") == 1


def test_the_intent_is_in_the_ledger_only_while_the_alert_is_sent() -> None:
    """It includes every state that the alert may report."""
    world = World()
    snapshots: list[Ledger | None] = []

    class LedgerWatcher(RecordingPublisher):
        def publish(self, reconciliation: Reconciliation) -> Receipt:
            snapshots.append(world.ledger.ledger)
            return super().publish(reconciliation)

    world.sns = LedgerWatcher(Destination.SNS)
    world.audit().run(RunRequest(), "run-1")
    (recorded,) = snapshots
    assert recorded
    assert recorded.intent == Intent("run-1", NOW)
    assert recorded.entries[A, "STS.1"].beliefs == {None, Severity.HIGH}
    assert world.ledger.ledger
    assert world.ledger.ledger.intent is None
    assert world.ledger.ledger.entries[A, "STS.1"].beliefs == {Severity.HIGH}


def test_a_lost_response_to_the_intent_is_not_mistaken_for_another_run() -> None:
    """S3 accepted the write, and botocore's second attempt conflicts with it. The run continues."""

    @dataclasses.dataclass
    class ResponseLost(FakeLedgerStore):
        def write(self, ledger: Ledger, replaced: LedgerSnapshot, run_id: str) -> str:
            version = super().write(ledger, replaced, run_id)
            if ledger.intent:
                raise LedgerConflict
            return version

    world = World(ledger=ResponseLost(ledger_after_a_run(), 1))
    world.reader.facts = {**world.facts, B: AT_RISK}
    outcome = world.audit().run(RunRequest(), "run-2")
    assert [change.account_id for change in outcome.changes] == [B]
    assert world.steps.count("write ledger") == 2
    assert world.ledger.ledger
    assert world.ledger.ledger.entries[B, "STS.1"].beliefs == {Severity.HIGH}


def test_a_partial_run_changes_only_its_accounts_in_the_ledger() -> None:
    """Even if every account has changed."""
    ledger = ledger_after_a_run()
    world = World(
        facts={MANAGEMENT_ACCOUNT_ID: AT_RISK, A: FINE, B: AT_RISK, C: AT_RISK}, ledger=FakeLedgerStore(ledger, 1)
    )
    outcome = world.audit().run(RunRequest(frozenset({A})), "run-2")
    assert [(change.kind, change.account_id) for change in outcome.changes] == [(ChangeKind.FIXED, A)]
    assert world.ledger.ledger
    assert {key[0] for key, entry in world.ledger.ledger.entries.items() if entry != ledger.entries[key]} == {A}
    assert {one for one, known in world.ledger.ledger.accounts.items() if known != ledger.accounts[one]} == {A}


def test_a_run_that_runs_out_of_time_reads_no_further_account_and_reports_its_changes() -> None:
    """The remaining accounts keep their entries, and are counted."""
    ledger = ledger_after_a_run()
    facts: dict[str, AccountFacts | Exception] = {MANAGEMENT_ACCOUNT_ID: FINE, A: FINE, B: AT_RISK, C: AT_RISK}
    world = World(facts=facts, ledger=FakeLedgerStore(ledger, 1))
    world.remaining_time = lambda: 900.0 if len(world.reader.asked) < 2 else 100.0
    outcome = world.audit().run(RunRequest(), "run-2")
    assert world.reader.asked == [MANAGEMENT_ACCOUNT_ID, A]
    assert [result.account.id for result in outcome.report.not_tried] == [B, C]
    assert outcome.report.summary()["accounts_not_tried"] == 2
    assert [(change.kind, change.account_id) for change in outcome.changes] == [
        (ChangeKind.FIXED, A),
        (ChangeKind.NOT_TRIED, ""),
    ]
    assert outcome.changes[1].detail.startswith("2 of 4 accounts: the run's time was up.")
    assert "333333333333, 444444444444" in outcome.changes[1].detail
    untried = [f for f in outcome.report.findings if f.account.id in {B, C} and f.rule != "Regions.1"]
    assert {finding.verdict.compliance for finding in untried} == {Compliance.INSUFFICIENT_DATA}
    assert world.ledger.ledger
    for account_id in (B, C):
        assert world.ledger.ledger.entries[account_id, "STS.1"] == ledger.entries[account_id, "STS.1"]


@pytest.mark.parametrize(("seconds", "accounts_read"), [(182.0, 0), (182.01, 0), (182.13, 4), (900.0, 4)])
def test_time_is_reserved_for_publishing(seconds: float, accounts_read: int) -> None:
    """182 seconds, and 0.03 seconds for each of the four accounts."""
    world = World()
    left = iter([900.0])
    world.remaining_time = lambda: next(left, seconds)
    world.audit().run(RunRequest(), "run-1")
    assert len(world.reader.asked) == accounts_read


def test_an_account_in_an_unknown_state_is_read_but_does_not_count_as_audited() -> None:
    """Coverage.1 names the state. The other rules judge its facts."""
    world = World()
    audit = world.audit()
    organization = audit.organization.describe()
    organization = organization.with_accounts(audit.organization.accounts(organization, lambda _account: None))
    accounts = tuple(an_account(A, state="FROZEN") if account.id == A else account for account in organization.accounts)
    source = FakeOrganizationSource(dataclasses.replace(organization, accounts=accounts))
    report = dataclasses.replace(audit, organization=source).run(RunRequest(), "run-1").report
    assert [result.account.id for result in report.not_audited] == [A]
    opened = {finding.rule: finding.verdict.sentence for finding in report.open_findings}
    assert set(opened) == {"Coverage.1", "STS.1"}
    assert "FROZEN, which this version does not know: update RegionProof" in opened["Coverage.1"]


def test_the_use_of_opt_in_regions_elsewhere_is_remembered_for_partial_runs() -> None:
    """The severity of version 1 tokens depends on the use of opt-in Regions in the last full run."""
    facts = {MANAGEMENT_ACCOUNT_ID: FINE, A: AT_RISK, B: some_facts(), C: FINE}
    world = World(facts=dict(facts))
    world.audit().run(RunRequest(), "run-1")
    part = world.audit().run(RunRequest(frozenset({B})), "run-2")
    assert [finding.verdict.severity for finding in part.report.open_findings] == [Severity.MEDIUM]
    assert part.changes == ()
    world.reader.facts = {**facts, A: some_facts(TokenVersion(2))}
    world.audit().run(RunRequest(), "run-3")
    assert world.ledger.ledger
    assert world.ledger.ledger.accounts[A].uses_opt_in_region is False
    part = world.audit().run(RunRequest(frozenset({B})), "run-4")
    assert [finding.verdict.severity for finding in part.report.open_findings] == [Severity.LOW]
