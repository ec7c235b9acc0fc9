"""The run and its ledger: what is published is remembered, whoever else writes, and as far as the time goes."""

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
from tests.support.builders import MANAGEMENT_ACCOUNT_ID, NOW, ORGANIZATION_ID, an_account, some_facts
from tests.support.fakes import FakeLedgerStore, FakeOrganizationSource, RecordingPublisher

from .test_run import AT_RISK, FINE, A, B, C, World

if TYPE_CHECKING:
    from regionproof.domain.facts import AccountFacts
    from regionproof.domain.ports import LedgerSnapshot
    from regionproof.domain.receipts import Receipt
    from regionproof.domain.reconciliation import Reconciliation


def _kinds(world: World) -> list[ChangeKind]:
    return [change.kind for reconciliation in world.sns.published for change in reconciliation.changes]


def _ledger_after_a_run() -> Ledger:
    world = World()
    world.audit().run(RunRequest(), "run-0")
    assert world.ledger.ledger
    return world.ledger.ledger


def test_what_was_told_is_not_told_again() -> None:
    """The second run of an unchanged organization has nothing to say."""
    world = World()
    world.audit().run(RunRequest(), "run-1")
    assert world.audit().run(RunRequest(), "run-2").changes == ()
    assert _kinds(world) == [ChangeKind.NEWLY_NONCOMPLIANT]


def test_what_could_not_be_told_is_told_by_the_next_run() -> None:
    """A refused message is no told one."""
    world = World()
    world.sns.refuses_everything = True
    world.audit().run(RunRequest(), "run-1")
    world.sns.refuses_everything = False
    outcome = world.audit().run(RunRequest(), "run-2")
    assert [change.kind for change in outcome.changes] == [ChangeKind.NEWLY_NONCOMPLIANT]


def _published_and_written(world: World) -> list[str]:
    return [station for station in world.stations if "publish" in station or "ledger" in station]


@pytest.mark.parametrize(
    ("before_which_write", "stations"),
    [
        (0, ["write ledger", "read ledger", "write ledger", "publish Security Hub", "publish SNS", "write ledger"]),
        (1, ["write ledger", "publish Security Hub", "publish SNS", "write ledger", "read ledger", "write ledger"]),
    ],
    ids=["before its intent", "before its outcome"],
)
def test_a_run_that_loses_the_race_writes_its_news_into_the_newer_ledger(
    before_which_write: int, stations: list[str]
) -> None:
    """The ledger is read again, the organization is not; neither run's news are lost."""
    ledger = _ledger_after_a_run()
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
    assert world.stations.count("discover") == 1
    assert _published_and_written(world) == ["read ledger", *stations]


@pytest.mark.parametrize(
    ("writes_before_the_others", "published", "written"),
    [(0, 0, MOST_LEDGER_WRITES), (1, 1, 1 + MOST_LEDGER_WRITES)],
    ids=["before its intent", "before its outcome"],
)
def test_a_ledger_that_others_write_each_time_fails_the_run(
    writes_before_the_others: int, published: int, written: int
) -> None:
    """In a sentence; before anything is published, if not even the intent could be written."""
    ledger = dataclasses.replace(_ledger_after_a_run(), entries={})
    others = [None] * writes_before_the_others + [ledger] * MOST_LEDGER_WRITES
    world = World(ledger=FakeLedgerStore(ledger, 1, others_write=[*others]))
    with pytest.raises(LedgerWriteFailed, match=f"wrote the ledger {MOST_LEDGER_WRITES} times in a row"):
        world.audit().run(RunRequest(), "run-1")
    assert len(world.security_hub.published) == published
    assert world.stations.count("write ledger") == written


@pytest.mark.parametrize("writes_before_the_others", [0, 1])
def test_the_last_try_to_write_the_ledger_counts(writes_before_the_others: int) -> None:
    """As many others as tries, less one."""
    ledger = dataclasses.replace(_ledger_after_a_run(), entries={})
    others = [None] * writes_before_the_others + [ledger] * (MOST_LEDGER_WRITES - 1)
    world = World(ledger=FakeLedgerStore(ledger, 1, others_write=[*others]))
    world.audit().run(RunRequest(), "run-1")
    assert world.ledger.others_write == []


def test_a_run_that_cannot_record_its_intent_sends_nothing() -> None:
    """However often it is tried: the same alert never goes out again and again."""
    world = World(ledger=FakeLedgerStore(refused_writes=[True] * 4))
    for _ in range(4):
        with pytest.raises(SetupError, match="PutObject failed with AccessDenied"):
            world.audit().run(RunRequest(), "run-1")
    assert (world.security_hub.published, world.sns.published) == ([], [])


def test_a_run_without_news_writes_the_ledger_once() -> None:
    """It has no intent to record."""
    world = World(ledger=FakeLedgerStore(_ledger_after_a_run(), 1))
    world.audit().run(RunRequest(), "run-1")
    assert world.stations.count("write ledger") == 1


def test_the_intent_is_there_while_the_alert_is_sent_and_gone_afterwards() -> None:
    """With everything that people may learn from the alert."""
    world = World()
    seen: list[Ledger | None] = []

    class Looking(RecordingPublisher):
        def publish(self, reconciliation: Reconciliation) -> Receipt:
            seen.append(world.ledger.ledger)
            return super().publish(reconciliation)

    world.sns = Looking(Destination.SNS)
    world.audit().run(RunRequest(), "run-1")
    (recorded,) = seen
    assert recorded
    assert recorded.intent == Intent("run-1", NOW)
    assert recorded.entries[A, "STS.1"].beliefs == {None, Severity.HIGH}
    assert world.ledger.ledger
    assert world.ledger.ledger.intent is None
    assert world.ledger.ledger.entries[A, "STS.1"].beliefs == {Severity.HIGH}


def test_a_lost_answer_to_the_intent_is_no_other_run() -> None:
    """S3 took the write, and botocore's second attempt found it there: the run goes on as if nothing had happened."""

    @dataclasses.dataclass
    class Forgetful(FakeLedgerStore):
        def write(self, ledger: Ledger, replaced: LedgerSnapshot, run_id: str) -> str:
            version = super().write(ledger, replaced, run_id)
            if ledger.intent:
                raise LedgerConflict
            return version

    world = World(ledger=Forgetful(_ledger_after_a_run(), 1))
    world.reader.facts = {**world.facts, B: AT_RISK}
    outcome = world.audit().run(RunRequest(), "run-2")
    assert [change.account_id for change in outcome.changes] == [B]
    assert world.stations.count("write ledger") == 2
    assert world.ledger.ledger
    assert world.ledger.ledger.entries[B, "STS.1"].beliefs == {Severity.HIGH}


def test_a_ledger_that_was_set_aside_is_reported_until_an_alert_has_arrived() -> None:
    """The run that set it aside could not reach anybody."""
    world = World(ledger=FakeLedgerStore(None, 1, unusable="it is damaged"))
    world.sns.refuses_everything = True
    world.audit().run(RunRequest(), "run-1")
    world.sns.refuses_everything = False
    reported = [world.audit().run(RunRequest(), f"run-{number}").ledger_unusable for number in (2, 3)]
    assert reported == ["it is damaged", ""]
    assert world.ledger.set_aside == [b"damaged"]


def test_a_ledger_that_is_none_is_set_aside_and_told() -> None:
    """Everything that is open is told as by a first run, and the next run is an ordinary one."""
    world = World(ledger=FakeLedgerStore(_ledger_after_a_run(), 1, unusable="it is damaged (Not a gzipped file)"))
    outcome = world.audit().run(RunRequest(), "run-1")
    assert outcome.ledger_unusable == "it is damaged (Not a gzipped file)"
    aside, opened = outcome.changes
    assert (aside.kind, opened.kind) == (ChangeKind.LEDGER_SET_ASIDE, ChangeKind.NEWLY_NONCOMPLIANT)
    assert "because it is damaged (Not a gzipped file)." in aside.detail
    assert world.ledger.set_aside == [b"damaged"]
    assert world.audit().run(RunRequest(), "run-2").changes == ()


def test_a_dry_run_sets_nothing_aside() -> None:
    """It says what it found, and leaves it."""
    world = World(ledger=FakeLedgerStore(None, 1, unusable="it is damaged"))
    outcome = world.audit().run(RunRequest(dry_run=True), "run-1")
    assert outcome.ledger_unusable == "it is damaged"
    assert (world.ledger.set_aside, world.ledger.unusable) == ([], "it is damaged")


def test_a_ledger_that_can_not_be_read_stops_the_run_before_an_account_is() -> None:
    """A run without memory would tell everything anew."""

    @dataclasses.dataclass
    class Denied(FakeLedgerStore):
        def read(self, organization_id: str) -> LedgerSnapshot:
            raise SetupError(f"the ledger of {organization_id} can not be read")

    world = World(ledger=Denied())
    with pytest.raises(SetupError, match=f"the ledger of {ORGANIZATION_ID} can not be read"):
        world.audit().run(RunRequest(), "run-1")
    assert world.reader.asked == []


def test_a_partial_run_changes_the_memory_of_its_accounts_only() -> None:
    """Though every account has changed."""
    ledger = _ledger_after_a_run()
    world = World(
        facts={MANAGEMENT_ACCOUNT_ID: AT_RISK, A: FINE, B: AT_RISK, C: AT_RISK}, ledger=FakeLedgerStore(ledger, 1)
    )
    outcome = world.audit().run(RunRequest(frozenset({A})), "run-2")
    assert [(change.kind, change.account_id) for change in outcome.changes] == [(ChangeKind.FIXED, A)]
    assert world.ledger.ledger
    assert {key[0] for key, entry in world.ledger.ledger.entries.items() if entry != ledger.entries[key]} == {A}
    assert {one for one, known in world.ledger.ledger.accounts.items() if known != ledger.accounts[one]} == {A}


def test_a_run_whose_time_is_up_takes_no_new_account_and_tells_what_it_has() -> None:
    """The rest keeps the verdicts that it had, and is counted."""
    ledger = _ledger_after_a_run()
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


@pytest.mark.parametrize(("seconds", "read"), [(182.0, 0), (182.01, 0), (182.13, 4), (900.0, 4)])
def test_time_is_kept_for_publishing(seconds: float, read: int) -> None:
    """182 seconds, and 0.03 for each of the four accounts."""
    world = World()
    left = iter([900.0])
    world.remaining_time = lambda: next(left, seconds)
    world.audit().run(RunRequest(), "run-1")
    assert len(world.reader.asked) == read


def test_an_account_in_a_state_of_the_future_is_audited_and_not_called_audited() -> None:
    """Coverage.1 names the state; the other rules judge what was read."""
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


def test_what_opt_in_regions_others_use_is_remembered_for_partial_runs() -> None:
    """An account with version 1 tokens is graded by what the last full run saw elsewhere."""
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
