"""The run: discover, collect, judge, reconcile, publish, remember, in this order, and the errors that stop it."""

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
    """An organization of three accounts and the dependencies of a run. A test changes the parts that matter."""

    facts: dict[str, AccountFacts | Exception] = field(
        default_factory=lambda: {MANAGEMENT_ACCOUNT_ID: FINE, A: AT_RISK, B: FINE, C: FINE}
    )
    closed: frozenset[str] = frozenset()
    settings: AuditSettings = field(default_factory=AuditSettings)
    failure: Exception | None = None
    steps: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    security_hub: RecordingPublisher = field(default_factory=RecordingPublisher)
    sns: RecordingPublisher = field(default_factory=lambda: RecordingPublisher(Destination.SNS))
    ledger: FakeLedgerStore = field(default_factory=FakeLedgerStore)
    remaining_time: RemainingTime = no_time_limit
    reader: FakeFactReader = field(init=False)

    def __post_init__(self) -> None:
        """Create the reader for the facts."""
        self.reader = FakeFactReader(self.facts)

    def audit(self) -> Audit:
        """Return a run that records its steps."""
        accounts = [an_account(one, state="SUSPENDED" if one in self.closed else "ACTIVE") for one in (A, B, C)]
        return Audit(
            settings=self.settings,
            identity=IDENTITY,
            organization=_SourceWithSteps(FakeOrganizationSource(an_organization(*accounts), self.failure), self.steps),
            reader=self.reader,
            publishers=(_PublisherWithSteps(self.security_hub, self), _PublisherWithSteps(self.sns, self)),
            clock=self._now,
            workers=1,
            ledger=_LedgerWithSteps(self.ledger, self.steps),
            budget=TimeBudget(self.remaining_time),
            progress=Progress(
                started=lambda total: self.steps.append(f"collect {total}"),
                read=lambda account, _facts: self.read.append(account.id),
            ),
        )

    def _now(self) -> datetime:
        self.steps.append("clock")
        return NOW + timedelta(seconds=30 * (self.steps.count("clock") - 1))


@dataclass
class _SourceWithSteps:
    source: FakeOrganizationSource
    steps: list[str]

    def describe(self) -> Organization:
        self.steps.append("discover")
        return self.source.describe()

    def accounts(self, organization: Organization, seen: Callable[[Account], None]) -> Iterator[Account]:
        self.steps.append("list accounts")
        return self.source.accounts(organization, seen)

    def unit_ids(self) -> frozenset[str] | None:
        return self.source.unit_ids()


@dataclass
class _PublisherWithSteps:
    publisher: RecordingPublisher
    world: World

    def publish(self, reconciliation: Reconciliation) -> Receipt:
        self.world.steps.append(f"publish {self.publisher.destination}")
        return self.publisher.publish(reconciliation)


@dataclass
class _LedgerWithSteps:
    store: FakeLedgerStore
    steps: list[str]

    def read(self, organization_id: str) -> LedgerSnapshot:
        self.steps.append("read ledger")
        return self.store.read(organization_id)

    def write(self, ledger: Ledger, replaced: LedgerSnapshot, run_id: str) -> str:
        self.steps.append("write ledger")
        return self.store.write(ledger, replaced, run_id)


def ledger_after_a_run() -> Ledger:
    """Return the ledger after a run over the ordinary world."""
    world = World()
    world.audit().run(RunRequest(), "run-0")
    assert world.ledger.ledger
    return world.ledger.ledger


def test_a_run_goes_from_discovery_to_the_ledger() -> None:
    """The clock is read before and after the reading. Every publisher gets the same report. The ledger comes last."""
    world = World()
    outcome = world.audit().run(RunRequest(), "run-1")
    assert world.steps == [
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


def test_a_dry_run_reads_everything_but_does_not_publish_or_write_the_ledger() -> None:
    """It still returns the report, with the changes that would be reported."""
    world = World()
    outcome = world.audit().run(RunRequest(dry_run=True), "run-1")
    assert outcome.receipts == ()
    assert [change.kind for change in outcome.changes] == [ChangeKind.NEWLY_NONCOMPLIANT]
    assert not {"publish Security Hub", "publish SNS", "write ledger"} & set(world.steps)
    assert world.ledger == FakeLedgerStore()
    assert [finding.account.id for finding in outcome.report.open_findings] == [A]


def test_a_run_can_be_limited_to_some_accounts() -> None:
    """Only these accounts are read and judged, but all are listed."""
    world = World()
    report = world.audit().run(RunRequest(accounts=frozenset({A})), "run-1").report
    assert world.reader.asked == [A]
    assert {finding.account.id for finding in report.findings} == {A}
    assert len(report.accounts) == 4
    assert report.run.is_partial
    assert [result.facts is None for result in report.accounts] == [True, False, True, True]


def test_an_unknown_account_stops_the_run_before_anything_is_published() -> None:
    """The error names all of them, and the organization."""
    world = World()
    with pytest.raises(
        UnknownAccounts, match=f"organization {ORGANIZATION_ID} has no account 555555555555, 666666666666"
    ):
        world.audit().run(RunRequest(accounts=frozenset({A, "666666666666", "555555555555"})), "run-1")
    assert world.steps == ["clock", "discover", "read ledger", "list accounts"]


def test_after_an_incomplete_listing_nothing_is_published() -> None:
    """A failed listing must not look like a smaller organization."""
    world = World(failure=SetupError("ListAccounts failed"))
    with pytest.raises(SetupError, match="ListAccounts failed"):
        world.audit().run(RunRequest(), "run-1")
    assert world.steps == ["clock", "discover"]


def test_a_defect_in_reading_affects_only_the_coverage_of_that_account() -> None:
    """The other accounts are judged as usual."""
    world = World(facts={MANAGEMENT_ACCOUNT_ID: FINE, A: ZeroDivisionError("a defect"), B: AT_RISK, C: FINE})
    report = world.audit().run(RunRequest(), "run-1").report
    opened = [(finding.account.id, finding.rule) for finding in report.open_findings]
    assert opened == [(B, "STS.1"), (A, "Coverage.1")]
    assert [result.account.id for result in report.not_audited] == [A]
    sentence = next(f for f in report.open_findings if f.account.id == A).verdict.sentence
    assert sentence.startswith("regionproof:ReadAccount failed with ZeroDivisionError")
    assert world.security_hub.reports == [report]


def test_an_account_that_cannot_be_read_is_published_as_noncompliant_coverage() -> None:
    """A gap in the audit is a result too."""
    world = World(facts={MANAGEMENT_ACCOUNT_ID: FINE, A: some_facts(DENIED, DENIED), B: FINE, C: FINE})
    report = world.audit().run(RunRequest(), "run-1").report
    compliance = {f.rule: f.verdict.compliance for f in report.findings if f.account.id == A}
    assert compliance == {
        "Coverage.1": Compliance.NON_COMPLIANT,
        "Regions.1": Compliance.NOT_APPLICABLE,
        "STS.1": Compliance.INSUFFICIENT_DATA,
    }


def test_accounts_that_are_closed_or_out_of_scope_are_listed_but_not_read() -> None:
    """They have no findings."""
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
    """They use UTC."""
    assert run_id_of(datetime(2026, 11, 21, 6, 0, 5, tzinfo=UTC)) == "20261121T060005Z"


def test_a_scope_without_any_account_fails_the_run() -> None:
    """It must not look like an organization without findings."""
    world = World()
    world.settings = AuditSettings(scope=Scope(exclude_organizational_units=("r-ab12",)))
    with pytest.raises(NothingInScope, match="check the ids under `scope`"):
        world.audit().run(RunRequest(), "run-1")
    assert world.security_hub.reports == []


def test_a_failed_preflight_stops_the_run_before_the_organization_is_listed() -> None:
    """The preflight lists everything that is missing."""

    def preflight(_partial: bool) -> None:  # noqa: FBT001  # the signature of the port
        raise SetupError("the audit cannot start; missing: trusted access")

    world = World()
    with pytest.raises(SetupError, match="trusted access"):
        dataclasses.replace(world.audit(), preflight=preflight).run(RunRequest(), "run-1")
    assert world.steps == ["clock"]


def test_a_run_in_three_calls_has_the_same_outcome_as_in_one() -> None:
    """Plan, collect, conclude: the calls that a state machine makes."""
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
