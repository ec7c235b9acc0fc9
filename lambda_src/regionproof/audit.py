"""The run: discover, collect, judge, reconcile, publish, remember, in this order.

What was published is remembered last: a run that dies anywhere is repeated by the next one, with the same end.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from .collecting import Collection, Pace, collection
from .domain.accounts import in_scope, is_audited
from .domain.changes import Change, ChangeKind
from .domain.ledger import Ledger
from .domain.ports import LedgerMoved, Remembered
from .domain.report import AccountResult, Identity, Report, Run
from .errors import LedgerContested, NothingInScope, UnknownAccounts
from .interpreter import for_many_accounts
from .judging import Circumstances, judge
from .reconciling import AlertPolicy, reconcile
from .remembering import Delivery, remember
from .rules import enabled_rules, facts_needed

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from .domain.accounts import Account, Organization
    from .domain.facts import AccountFacts
    from .domain.ports import Clock, FactReader, LedgerStore, OrganizationSource, Publisher, RemainingTime
    from .domain.receipts import Receipt
    from .domain.reconciled import Reconciled
    from .settings.shape import AuditSettings

WRITES_OF_THE_LEDGER = 5
"""How often a run tries to write the ledger while others write it too."""

SECONDS_FOR_READS_UNDER_WAY = 300
SECONDS_TO_PUBLISH_ONE_ACCOUNT = 0.03
"""What is kept of the run's time for after the last account was begun.

Three calls with all their attempts take up to about 180 seconds; then come imports, alert and ledger.
"""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is asked of one run. ``accounts`` empty: all in scope. A dry run publishes and remembers nothing."""

    accounts: frozenset[str] = frozenset()
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run sets out to do: ``accounts`` are those of the organization that it audits."""

    run_id: str
    request: RunRequest
    started_at: datetime
    organization: Organization
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: the report, the changes that it told, and a receipt of every destination.

    ``ledger_unusable`` says why the memory of earlier runs was set aside; empty where it was not.
    """

    report: Report
    changes: tuple[Change, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    ledger_unusable: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run tells how far it is. ``started`` gets the number of accounts, ``read`` each one done."""

    started: Callable[[int], None] = lambda _total: None
    read: Callable[[Account, AccountFacts], None] = lambda _account, _facts: None


class NoLedger:
    """The memory of a run that has none, such as one in a terminal: every run is the first."""

    def read(self, organization_id: str) -> Remembered:
        """Return an empty memory."""
        return Remembered(Ledger(organization_id))

    def write(self, ledger: Ledger, replaced: Remembered, run_id: str) -> None:
        """Forget."""


def no_time_limit() -> float:
    """Return the time that a run without a deadline may take."""
    return float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A run with everything that it needs. ``workers`` accounts are read at once.

    ``preflight`` raises ``SetupError`` where the run could read no account, before it tries to. It is told
    whether the run is partial: such a one enters no account that it was not asked for.
    """

    settings: AuditSettings
    identity: Identity
    organization: OrganizationSource
    reader: FactReader
    publishers: tuple[Publisher, ...]
    clock: Clock
    workers: int
    preflight: Callable[[bool], None] = lambda _partial: None
    ledger: LedgerStore = field(default_factory=NoLedger)
    remaining_time: RemainingTime = no_time_limit
    progress: Progress = field(default_factory=Progress)

    @for_many_accounts()
    def run(self, request: RunRequest, run_id: str) -> Outcome:
        """Audit the organization, publish what is news, and remember it.

        Raises ``RegionProofError`` where nothing could be audited (no rights, no organization, a listing that
        broke off, accounts that are not there), before anything is published, or where the ledger could not
        be written, after. A refusal of a destination is in its receipt.
        """
        begun = self._begin(request, run_id)
        remembered = self.ledger.read(begun.organization.id)
        # Those that were not seen for the longest come first, so that a run cut short leaves out others next time.
        last_seen = remembered.ledger.last_seen_by_account()
        with self._reading() as reading:
            plan = self._list(begun, lambda account: reading.add(account, last_seen.get(account.id, 0)))
            facts = self._finish(reading, plan.accounts)
        return self.conclude(plan, facts, remembered)

    def plan(self, request: RunRequest, run_id: str) -> Plan:
        """Return what a run sets out to do. Raises ``RegionProofError`` as ``run`` does, and reads no account."""
        return self._list(self._begin(request, run_id), lambda _account: None)

    @for_many_accounts()
    def collect(self, accounts: tuple[Account, ...]) -> dict[Account, AccountFacts]:
        """Return what could be read of each account, and why the rest could not be."""
        with self._reading() as reading:
            for account in accounts:
                reading.add(account)
            return self._finish(reading, accounts)

    @for_many_accounts()
    def conclude(self, plan: Plan, facts: dict[Account, AccountFacts], remembered: Remembered) -> Outcome:
        """Judge what was read, publish what is news, and remember it. Raises ``LedgerContested``."""
        run = Run(plan.run_id, self.identity, plan.started_at, self.clock(), plan.request.accounts)
        report = self._judge(run, plan.organization, facts, remembered.ledger)
        reconciled = self._reconcile(report, remembered)
        dry = plan.request.dry_run
        receipts = () if dry else tuple(publisher.publish(reconciled) for publisher in self.publishers)
        if not dry:
            self._remember(reconciled, remembered, Delivery.of(receipts))
        return Outcome(reconciled.report, reconciled.changes, receipts, remembered.unusable)

    def _begin(self, request: RunRequest, run_id: str) -> Plan:
        started_at = self.clock()
        self.preflight(bool(request.accounts))
        return Plan(run_id, request, started_at, self.organization.describe())

    def _list(self, begun: Plan, wanted: Callable[[Account], None]) -> Plan:
        """Return the plan with all accounts. ``wanted`` gets each one to audit while others are still listed."""
        scope, only = self.settings.scope, begun.request.accounts
        listed: list[Account] = []
        for account in self.organization.accounts(begun.organization):
            listed.append(account)
            if is_audited(account, scope, only):
                wanted(account)
        organization = begun.organization.with_accounts(listed)
        if unknown := only - {account.id for account in listed}:
            raise UnknownAccounts(unknown, organization.id)
        accounts = tuple(account for account in organization.accounts if is_audited(account, scope, only))
        if not accounts and not only:
            raise NothingInScope(organization.id)
        return replace(begun, organization=organization, accounts=accounts)

    def _reading(self) -> AbstractContextManager[Collection]:
        needed = facts_needed(self.settings.rules, self.identity.partition)
        return collection(self.reader, needed, Pace(self.workers, self._time_is_up), self.progress.read)

    def _finish(self, reading: Collection, accounts: tuple[Account, ...]) -> dict[Account, AccountFacts]:
        self.progress.started(len(accounts))
        return reading.finish()

    def _time_is_up(self, accounts: int) -> bool:
        return self.remaining_time() < SECONDS_FOR_READS_UNDER_WAY + SECONDS_TO_PUBLISH_ONE_ACCOUNT * accounts

    def _judge(
        self, run: Run, organization: Organization, facts: dict[Account, AccountFacts], ledger: Ledger
    ) -> Report:
        circumstances = Circumstances(
            organization=organization,
            partition=run.identity.partition,
            settings=self.settings,
            known_accounts=ledger.accounts,
            now=run.started_at,
        )
        return Report(
            run=run,
            organization=organization,
            accounts=tuple(
                AccountResult(account, in_scope(account, self.settings.scope), facts.get(account))
                for account in organization.accounts
            ),
            findings=judge(facts, circumstances),
            rules=tuple(rule.id for rule in enabled_rules(self.settings.rules)),
        )

    def _reconcile(self, report: Report, remembered: Remembered) -> Reconciled:
        reminders = self.settings.reminders
        policy = AlertPolicy(
            reminder=timedelta(days=reminders.open_findings_every_days),
            exemption_notice=timedelta(days=reminders.exemptions_ending_within_days),
        )
        reconciled = reconcile(report, remembered.ledger, policy)
        if not remembered.unusable:
            return reconciled
        detail = f"What lay there was kept, but not used, because {remembered.unusable}. All is told as by a first run."
        change = Change(ChangeKind.LEDGER_SET_ASIDE, "", "", detail)
        return replace(reconciled, changes=(change, *reconciled.changes))

    def _remember(self, reconciled: Reconciled, remembered: Remembered, delivery: Delivery) -> None:
        for _ in range(WRITES_OF_THE_LEDGER):
            try:
                ledger = remember(reconciled, remembered.ledger, delivery)
                return self.ledger.write(ledger, remembered, reconciled.report.run.id)
            except LedgerMoved:
                remembered = self.ledger.read(reconciled.report.organization.id)
        raise LedgerContested(WRITES_OF_THE_LEDGER)


def run_id_of(started_at: datetime) -> str:
    """Return an id for a run that sorts by time: ``20261121T060000Z``."""
    return started_at.strftime("%Y%m%dT%H%M%SZ")
