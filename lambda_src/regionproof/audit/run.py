"""The run: discover, collect, judge, reconcile, publish, remember, in this order.

Before it publishes, it writes to the ledger what it is about to report, and afterwards what arrived. A run that dies
in between leaves its intent, and the next one reports what is true then.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from regionproof.domain.accounts import in_scope
from regionproof.domain.ledger import Ledger
from regionproof.domain.ports import LedgerConflict, LedgerSnapshot
from regionproof.domain.report import AccountResult, Identity, Report, Run
from regionproof.domain.run import Outcome, Plan, RunRequest
from regionproof.domain.untrusted_text import without_credentials
from regionproof.errors import LedgerWriteFailed, NothingInScope, UnknownAccounts
from regionproof.rules import enabled_rules, facts_needed
from regionproof.runtime import tuned_for_many_threads
from regionproof.time_budget import TimeBudget

from .collect import ReadLimits, ReadPool, open_read_pool
from .discover import Selection, listed
from .judge import EvaluationContext, judge
from .merge import merge
from .orphans import look_for
from .reconcile import AlertPolicy, reconcile
from .remember import Delivery, intend, remember
from .settings_check import SettingsCheck

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.facts import AccountFacts
    from regionproof.domain.ports import Clock, FactReader, FindingIndex, LedgerStore, OrganizationSource, Publisher
    from regionproof.domain.receipts import Receipt
    from regionproof.domain.reconciliation import Reconciliation
    from regionproof.settings.shape import AuditSettings

WRITES_OF_THE_LEDGER = 5
"""How often a run tries to write the ledger while others write it too."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run reports how far it is.

    ``listed`` gets the number of accounts on each page of the listing, in any thread; ``read`` each account that is
    done, also while others are still listed; and ``started`` the number of accounts to read, once all are listed.
    """

    listed: Callable[[int], None] = lambda _accounts: None
    started: Callable[[int], None] = lambda _total: None
    read: Callable[[Account, AccountFacts], None] = lambda _account, _facts: None


class NullLedgerStore:
    """The memory of a run that has none, such as one in a terminal: every run is the first."""

    def read(self, organization_id: str) -> LedgerSnapshot:
        """Return an empty memory."""
        return LedgerSnapshot(Ledger(organization_id))

    def write(self, ledger: Ledger, replaced: LedgerSnapshot, run_id: str) -> str:
        """Forget, and return no version."""
        del ledger, replaced, run_id
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A run with everything that it needs. ``workers`` accounts are read at once.

    ``preflight`` raises ``SetupError`` where the run could read no account, before it tries to. It is told
    whether the run is partial: such a one enters no account that it was not asked for. ``finding_index`` is None if
    the audit does not publish to Security Hub. ``redact`` returns a text without credentials.
    """

    settings: AuditSettings
    identity: Identity
    organization: OrganizationSource
    reader: FactReader
    publishers: tuple[Publisher, ...]
    clock: Clock
    workers: int
    preflight: Callable[[bool], None] = lambda _partial: None
    ledger: LedgerStore = field(default_factory=NullLedgerStore)
    finding_index: FindingIndex | None = None
    budget: TimeBudget = field(default_factory=TimeBudget)
    progress: Progress = field(default_factory=Progress)
    settings_check: SettingsCheck = field(default_factory=SettingsCheck)
    redact: Callable[[str], str] = without_credentials

    @tuned_for_many_threads()
    def run(self, request: RunRequest, run_id: str) -> Outcome:
        """Audit the organization, publish what is news, and remember it.

        Raises ``RegionProofError`` where nothing could be audited (no rights, no organization, a listing that
        broke off, accounts or a scope that are not there) or the ledger could not be written, before anything is
        published; likewise ``SettingsError`` if a strict check finds entries that do nothing. If the ledger could not
        be written afterwards, it raises too. A refusal of a destination is in its receipt.
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

    @tuned_for_many_threads()
    def collect(self, accounts: tuple[Account, ...]) -> dict[Account, AccountFacts]:
        """Return what could be read of each account, and why the rest could not be."""
        with self._reading() as reading:
            for account in accounts:
                reading.add(account)
            return self._finish(reading, accounts)

    @tuned_for_many_threads()
    def conclude(self, plan: Plan, facts: dict[Account, AccountFacts], remembered: LedgerSnapshot) -> Outcome:
        """Judge what was read, publish what is news, and remember it.

        Raises ``SetupError`` or ``LedgerWriteFailed`` if the ledger cannot be written: before anything is published, if
        there is anything to alert.
        """
        run = Run(plan.run_id, self.identity, plan.started_at, self.clock(), plan.request.accounts)
        begun_with, policy = _usable(remembered), AlertPolicy.of(self.settings.reminders)

        def news(newest: LedgerSnapshot) -> Reconciliation:
            report = self._judge(run, plan.organization, facts, newest.ledger)
            orphans = None if plan.request.dry_run else look_for(self.finding_index, report, newest.ledger)
            begun = begun_with.ledger if newest != begun_with else None
            return reconcile(report, newest.ledger, policy, begun, orphans)

        if plan.request.dry_run:
            return _outcome(news(begun_with), ())
        reconciliation, written = self._intend(news, begun_with)
        receipts = tuple(publisher.publish(reconciliation) for publisher in self.publishers)
        self._settle(reconciliation, written, Delivery.of(receipts))
        return _outcome(reconciliation, receipts)

    def _begin(self, request: RunRequest, run_id: str) -> Plan:
        started_at = self.clock()
        self.preflight(bool(request.accounts))
        return Plan(run_id, request, started_at, self.organization.describe())

    def _list(self, begun: Plan, wanted: Callable[[Account], None]) -> Plan:
        """Return the plan with all accounts. ``wanted`` gets each one to audit while others are still listed.

        It may get one that is not in the plan, if its path and the tree contradict each other.
        """
        only = begun.request.accounts
        selection = Selection(self.settings.scope, only)
        accounts = listed(self.organization, begun.organization, selection, wanted)
        organization = begun.organization.with_accounts(accounts, self.organization.unit_ids())
        if unknown := only - {account.id for account in accounts}:
            raise UnknownAccounts(unknown, organization.id)
        self.settings_check.stop_if_wrong(self.settings, organization, begun.started_at.date())
        audited = tuple(filter(selection.has, organization.accounts))
        if not audited and not only:
            raise NothingInScope(organization.id)
        return replace(begun, organization=organization, accounts=audited)

    def _reading(self) -> AbstractContextManager[ReadPool]:
        needed = facts_needed(self.settings.rules, self.identity.partition)
        return open_read_pool(
            self.reader, needed, ReadLimits(self.workers, self._time_is_up, self.redact), self.progress.read
        )

    def _finish(self, reading: ReadPool, accounts: tuple[Account, ...]) -> dict[Account, AccountFacts]:
        """Return the facts of accounts, which may have been handed on before their place was known."""
        self.progress.started(len(accounts))
        facts = {account.id: read for account, read in reading.finish().items()}
        return {account: facts[account.id] for account in accounts}

    def _time_is_up(self, accounts: int) -> bool:
        self.budget.accounts = max(self.budget.accounts, accounts)
        return self.budget.for_reading() <= 0

    def _judge(
        self, run: Run, organization: Organization, facts: dict[Account, AccountFacts], ledger: Ledger
    ) -> Report:
        circumstances = EvaluationContext(
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
            settings_notices=self.settings_check.notices(
                self.settings, organization, ledger.accounts, run.started_at.date()
            ),
        )

    def _intend(
        self, news: Callable[[LedgerSnapshot], Reconciliation], remembered: LedgerSnapshot
    ) -> tuple[Reconciliation, LedgerSnapshot]:
        """Record what the run is about to report, and return that with the ledger as it is now.

        If there is nothing to report, nothing is written. If another run wrote first, start over from its ledger.
        """
        for _ in range(WRITES_OF_THE_LEDGER):
            reconciliation = news(remembered)
            if not reconciliation.changes:
                return reconciliation, remembered
            intended = intend(reconciliation)
            try:
                version = self.ledger.write(intended, remembered, reconciliation.report.run.id)
                return reconciliation, LedgerSnapshot(intended, version)
            except LedgerConflict:
                remembered = _usable(self.ledger.read(intended.organization_id))
            if remembered.ledger == intended:  # the answer to our own write was lost
                return reconciliation, remembered
        raise LedgerWriteFailed(WRITES_OF_THE_LEDGER)

    def _settle(self, reconciliation: Reconciliation, written: LedgerSnapshot, delivery: Delivery) -> None:
        """Write what the run saw and what arrived. If another run wrote since, merge both ledgers."""
        ours = ledger = remember(reconciliation, delivery)
        replaced = written
        for _ in range(WRITES_OF_THE_LEDGER):
            try:
                self.ledger.write(ledger, replaced, reconciliation.report.run.id)
            except LedgerConflict:
                replaced = _usable(self.ledger.read(ours.organization_id))
                ledger = _merged(written.ledger, ours, replaced)
            else:
                return
        raise LedgerWriteFailed(WRITES_OF_THE_LEDGER)


def _usable(remembered: LedgerSnapshot) -> LedgerSnapshot:
    """Note in the empty ledger that stands in for an unusable one that people have to learn of it."""
    if not remembered.unusable:
        return remembered
    return replace(remembered, ledger=replace(remembered.ledger, unreported_set_aside=remembered.unusable))


def _merged(ancestor: Ledger, ours: Ledger, found: LedgerSnapshot) -> Ledger:
    """Return our ledger with the news of another run; alone, if there is no other ledger any more."""
    if found.unusable:
        return replace(ours, unreported_set_aside=found.unusable)
    return merge(ancestor, ours, found.ledger) if found.version else ours


def _outcome(reconciliation: Reconciliation, receipts: tuple[Receipt, ...]) -> Outcome:
    return Outcome(reconciliation.report, reconciliation.changes, receipts, reconciliation.ledger.unreported_set_aside)


def run_id_of(started_at: datetime) -> str:
    """Return an id for a run that sorts by time: ``20261121T060000Z``."""
    return started_at.strftime("%Y%m%dT%H%M%SZ")
