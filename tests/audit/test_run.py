"""The run: discover, collect, judge, reconcile, publish, remember, in this order, and what stops it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from regionproof.audit.run import Audit, Progress, run_id_of
from regionproof.domain.changes import ChangeKind
from regionproof.domain.facts import TokenVersion
from regionproof.domain.findings import Compliance
from regionproof.domain.receipts import Destination
from regionproof.domain.run import RunRequest
from regionproof.errors import NothingInScope, SetupError, UnknownAccounts
from regionproof.settings.shape import AuditSettings, Scope
from regionproof.time_budget import TimeBudget, no_time_limit
from tests.support.builders import (
    DENIED,
    IDENTITY,
    MANAGEMENT_ACCOUNT_ID,
    NOW,
    ORGANIZATION_ID,
    ROOT,
    WORKLOADS,
    an_account,
    an_organization,
    regions,
    some_facts,
)
from tests.support.fakes import FakeFactReader, FakeLedgerStore, FakeOrganizationSource, RecordingPublisher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.facts import AccountFacts
    from regionproof.domain.ledger import Ledger
    from regionproof.domain.ports import LedgerSnapshot, RemainingTime
    from regionproof.domain.receipts import Receipt
    from regionproof.domain.reconciliation import Reconciliation

A, B, C = "222222222222", "333333333333", "444444444444"
FINE = some_facts(TokenVersion(2))
AT_RISK = some_facts(opt_in=regions(ap_east_1="ENABLED"))


@dataclass
class World:
    """An organization of three accounts and everything around a run; a test changes what matters."""

    facts: dict[str, AccountFacts | Exception] = field(
        default_factory=lambda: {MANAGEMENT_ACCOUNT_ID: FINE, A: AT_RISK, B: FINE, C: FINE}
    )
    closed: frozenset[str] = frozenset()
    settings: AuditSettings = field(default_factory=AuditSettings)
    failure: Exception | None = None
    stations: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    security_hub: RecordingPublisher = field(default_factory=RecordingPublisher)
    sns: RecordingPublisher = field(default_factory=lambda: RecordingPublisher(Destination.SNS))
    ledger: FakeLedgerStore = field(default_factory=FakeLedgerStore)
    remaining_time: RemainingTime = no_time_limit
    reader: FakeFactReader = field(init=False)

    def __post_init__(self) -> None:
        """Let the reader answer with the facts."""
        self.reader = FakeFactReader(self.facts)

    def audit(self) -> Audit:
        """Return a run whose stations are noted as it passes them."""
        accounts = [an_account(one, state="SUSPENDED" if one in self.closed else "ACTIVE") for one in (A, B, C)]
        return Audit(
            settings=self.settings,
            identity=IDENTITY,
            organization=_Noting(FakeOrganizationSource(an_organization(*accounts), self.failure), self.stations),
            reader=self.reader,
            publishers=(_NotingPublisher(self.security_hub, self), _NotingPublisher(self.sns, self)),
            clock=self._now,
            workers=1,
            ledger=_NotingLedger(self.ledger, self.stations),
            budget=TimeBudget(self.remaining_time),
            progress=Progress(
                started=lambda total: self.stations.append(f"collect {total}"),
                read=lambda account, _facts: self.read.append(account.id),
            ),
        )

    def _now(self) -> datetime:
        self.stations.append("clock")
        return NOW + timedelta(seconds=30 * (self.stations.count("clock") - 1))


@dataclass
class _Noting:
    source: FakeOrganizationSource
    stations: list[str]

    def describe(self) -> Organization:
        self.stations.append("discover")
        return self.source.describe()

    def accounts(self, organization: Organization, seen: Callable[[Account], None]) -> Iterator[Account]:
        self.stations.append("list accounts")
        return self.source.accounts(organization, seen)

    def unit_ids(self) -> frozenset[str] | None:
        return self.source.unit_ids()


@dataclass
class _NotingPublisher:
    publisher: RecordingPublisher
    world: World

    def publish(self, reconciliation: Reconciliation) -> Receipt:
        self.world.stations.append(f"publish {self.publisher.destination}")
        return self.publisher.publish(reconciliation)


@dataclass
class _NotingLedger:
    store: FakeLedgerStore
    stations: list[str]

    def read(self, organization_id: str) -> LedgerSnapshot:
        self.stations.append("read ledger")
        return self.store.read(organization_id)

    def write(self, ledger: Ledger, replaced: LedgerSnapshot, run_id: str) -> str:
        self.stations.append("write ledger")
        return self.store.write(ledger, replaced, run_id)


def test_a_run_goes_from_discovery_to_memory() -> None:
    """The clock is read at both ends of the reading, every publisher gets the same report, the ledger comes last."""
    world = World()
    outcome = world.audit().run(RunRequest(), "run-1")
    assert world.stations == [
        "clock",
        "discover",
        "read ledger",
        "list accounts",
        "collect 4",
        "clock",
        "write ledger",
        "publish Security Hub",
        "publish SNS",
        "write ledger",
    ]
    assert world.read == [MANAGEMENT_ACCOUNT_ID, A, B, C]
    assert world.security_hub.reports == world.sns.reports == [outcome.report]
    assert [receipt.destination for receipt in outcome.receipts] == list(Destination)
    assert outcome.changes == world.sns.published[0].changes
    assert outcome.report.run.duration_seconds == 30


def test_a_dry_run_reads_everything_publishes_nothing_and_remembers_nothing() -> None:
    """The report is made all the same, with what would be told."""
    world = World()
    outcome = world.audit().run(RunRequest(dry_run=True), "run-1")
    assert outcome.receipts == ()
    assert [change.kind for change in outcome.changes] == [ChangeKind.NEWLY_NONCOMPLIANT]
    assert not {"publish Security Hub", "publish SNS", "write ledger"} & set(world.stations)
    assert world.ledger == FakeLedgerStore()
    assert [finding.account.id for finding in outcome.report.open_findings] == [A]


def test_a_part_of_the_organization_can_be_asked_for() -> None:
    """Only these accounts are read and judged; all are listed."""
    world = World()
    report = world.audit().run(RunRequest(accounts=frozenset({A})), "run-1").report
    assert world.reader.asked == [A]
    assert {finding.account.id for finding in report.findings} == {A}
    assert len(report.accounts) == 4
    assert report.run.is_partial
    assert [result.facts is None for result in report.accounts] == [True, False, True, True]


def test_an_account_that_is_not_there_stops_the_run_before_anything_is_published() -> None:
    """All of them are named, with the organization."""
    world = World()
    with pytest.raises(
        UnknownAccounts, match=f"organization {ORGANIZATION_ID} has no account 555555555555, 666666666666"
    ):
        world.audit().run(RunRequest(accounts=frozenset({A, "666666666666", "555555555555"})), "run-1")
    assert world.stations == ["clock", "discover", "read ledger", "list accounts"]


def test_a_listing_that_breaks_off_publishes_nothing() -> None:
    """A failed run is no shorter organization."""
    world = World(failure=SetupError("ListAccounts failed"))
    with pytest.raises(SetupError, match="ListAccounts failed"):
        world.audit().run(RunRequest(), "run-1")
    assert world.stations == ["clock", "discover"]


def test_a_defect_while_reading_is_coverage_of_that_account_only() -> None:
    """The others are judged as if nothing had happened."""
    world = World(facts={MANAGEMENT_ACCOUNT_ID: FINE, A: ZeroDivisionError("a defect"), B: AT_RISK, C: FINE})
    report = world.audit().run(RunRequest(), "run-1").report
    opened = [(finding.account.id, finding.rule) for finding in report.open_findings]
    assert opened == [(B, "STS.1"), (A, "Coverage.1")]
    assert [result.account.id for result in report.not_audited] == [A]
    sentence = next(f for f in report.open_findings if f.account.id == A).verdict.sentence
    assert sentence.startswith("regionproof:ReadAccount failed with ZeroDivisionError")
    assert world.security_hub.reports == [report]


def test_an_account_that_can_not_be_read_is_published_and_not_compliant() -> None:
    """A gap is a result of its own."""
    world = World(facts={MANAGEMENT_ACCOUNT_ID: FINE, A: some_facts(DENIED, DENIED), B: FINE, C: FINE})
    report = world.audit().run(RunRequest(), "run-1").report
    compliance = {f.rule: f.verdict.compliance for f in report.findings if f.account.id == A}
    assert compliance == {
        "Coverage.1": Compliance.NON_COMPLIANT,
        "Regions.1": Compliance.NOT_APPLICABLE,
        "STS.1": Compliance.INSUFFICIENT_DATA,
    }


def test_accounts_that_are_closed_or_out_of_scope_are_listed_and_not_read() -> None:
    """They have no finding."""
    world = World(closed=frozenset({B}), settings=AuditSettings(scope=Scope(exclude_accounts=(C,))))
    report = world.audit().run(RunRequest(), "run-1").report
    assert world.reader.asked == [MANAGEMENT_ACCOUNT_ID, A]
    assert [(r.account.id, r.in_scope, r.facts is None) for r in report.accounts] == [
        (MANAGEMENT_ACCOUNT_ID, True, False),
        (A, True, False),
        (B, True, True),
        (C, False, True),
    ]
    assert {finding.account.id for finding in report.findings} == {MANAGEMENT_ACCOUNT_ID, A}


def test_run_ids_sort_by_time() -> None:
    """And are made of UTC."""
    assert run_id_of(datetime(2026, 11, 21, 6, 0, 5, tzinfo=UTC)) == "20261121T060005Z"


def test_a_scope_that_leaves_no_account_is_a_failed_run() -> None:
    """It must not look like an organization without a finding."""
    world = World()
    world.settings = AuditSettings(scope=Scope(exclude_organizational_units=("r-ab12",)))
    with pytest.raises(NothingInScope, match="check the ids under `scope`"):
        world.audit().run(RunRequest(), "run-1")
    assert world.security_hub.reports == []


def test_without_what_the_run_needs_it_ends_before_the_organization_is_listed() -> None:
    """The first step says all that is missing."""

    def preflight(_partial: bool) -> None:  # noqa: FBT001  # the port's own
        raise SetupError("the audit can not start; missing: trusted access")

    world = World()
    with pytest.raises(SetupError, match="trusted access"):
        dataclasses.replace(world.audit(), preflight=preflight).run(RunRequest(), "run-1")
    assert world.stations == ["clock"]


def test_a_run_in_three_calls_comes_to_the_same_as_one() -> None:
    """Plan, collect, conclude: what a state machine calls one after the other."""
    in_one = World().audit().run(RunRequest(), "run-1")
    world = World()
    audit = world.audit()
    plan = audit.plan(RunRequest(), "run-1")
    in_three = audit.conclude(plan, audit.collect(plan.accounts), world.ledger.read(plan.organization.id))
    assert in_three == in_one


def test_an_account_that_left_the_scope_while_it_was_listed_is_no_part_of_the_report() -> None:
    """Its path said otherwise than the tree; what was read of it is dropped."""
    inside, outside = an_account(A), an_account(B, parents=(ROOT,))
    world = World(settings=AuditSettings(scope=Scope(organizational_units=(WORKLOADS.id,))))
    source = FakeOrganizationSource(an_organization(inside, outside), first_seen_as={B: an_account(B)})
    report = dataclasses.replace(world.audit(), organization=source).run(RunRequest(), "run-1").report
    assert sorted(world.reader.asked) == [A, B]
    assert {finding.account.id for finding in report.findings} == {A}


def test_the_report_names_the_units_of_an_account_that_was_read_before_they_were_known() -> None:
    """Reading begins with what the listing gave; the report has the place."""
    account = an_account(A)
    source = FakeOrganizationSource(an_organization(account), first_seen_as={A: an_account(A, parents=())})
    report = dataclasses.replace(World().audit(), organization=source).run(RunRequest(), "run-1").report
    assert {finding.account.ou_path for finding in report.findings if finding.account.id == A} == {account.ou_path}
