"""The run: discover, collect, judge, reconcile, publish, remember, in this order.

Before it publishes, it writes the changes it is about to report to the ledger. Afterwards it records which of them
arrived. If a run dies in between, its intent stays in the ledger, and the next run reports the actual state.
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
from .orphans import find_orphans
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

MOST_LEDGER_WRITES = 5
"""How often a run tries to write the ledger while other runs write it too."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Callbacks for progress.

    ``listed`` gets the number of accounts on each page of the listing, in any thread; ``read`` each account that is
    done, also while others are still listed; and ``started`` the number of accounts to read, once all are listed.
    """

    listed: Callable[[int], None] = lambda _accounts: None
    started: Callable[[int], None] = lambda _total: None
    read: Callable[[Account, AccountFacts], None] = lambda _account, _facts: None


class NullLedgerStore:
    """A store that keeps nothing, for runs in a terminal. Every run is a first run."""

    def read(self, organization_id: str) -> LedgerSnapshot:
        """Return an empty ledger."""
        return LedgerSnapshot(Ledger(organization_id))

    def write(self, ledger: Ledger, replaced: LedgerSnapshot, run_id: str) -> str:
        """Discard the ledger, and return an empty version."""
        del ledger, replaced, run_id
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A run with all of its dependencies. ``workers`` accounts are read at once.

    ``preflight`` raises ``SetupError`` if the run could not read any account. Its argument is whether the run is
    partial, because a partial run enters only the requested accounts. ``finding_index`` is None if the audit does not
    publish to Security Hub. ``redact`` removes credentials from a text.
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
        """Audit the organization, publish the changes, and update the ledger.

        Raises ``RegionProofError`` before anything is published, if nothing could be audited (missing permissions,
        no organization, an incomplete listing, unknown accounts or units) or the ledger could not be written. Raises
        ``SettingsError`` then, if a strict check finds entries without effect. Also raises if the ledger could not be
        written after publishing. An error of a destination does not raise; it is in the receipt.
        """
        draft = self._begin(request, run_id)
        snapshot = self.ledger.read(draft.organization.id)
        # Read the accounts that were last seen longest ago first. A run that runs out of time then skips others.
        last_seen = snapshot.ledger.last_seen_by_account()
        with self._open_pool() as pool:
            plan = self._list(draft, lambda account: pool.add(account, last_seen.get(account.id, 0)))
            facts = self._finish(pool, plan.accounts)
        return self.conclude(plan, facts, snapshot)

    def plan(self, request: RunRequest, run_id: str) -> Plan:
        """Return the plan of a run without reading any account. Raises ``RegionProofError`` like ``run``."""
        return self._list(self._begin(request, run_id), lambda _account: None)

    @tuned_for_many_threads()
    def collect(self, accounts: tuple[Account, ...]) -> dict[Account, AccountFacts]:
        """Return the facts of each account, and the reason for each fact that could not be read."""
        with self._open_pool() as pool:
            for account in accounts:
                pool.add(account)
            return self._finish(pool, accounts)

    @tuned_for_many_threads()
    def conclude(self, plan: Plan, facts: dict[Account, AccountFacts], snapshot: LedgerSnapshot) -> Outcome:
        """Judge the facts, publish the changes, and update the ledger.

        Raises ``SetupError`` or ``LedgerWriteFailed`` if the ledger cannot be written. If there are changes to report,
        it raises before it publishes anything.
        """
        run = Run(plan.run_id, self.identity, plan.started_at, self.clock(), plan.request.accounts)
        initial, policy = _with_reset_noted(snapshot), AlertPolicy.of(self.settings.reminders)

        def reconcile_with(newest: LedgerSnapshot) -> Reconciliation:
            report = self._judge(run, plan.organization, facts, newest.ledger)
            orphans = None if plan.request.dry_run else find_orphans(self.finding_index, report, newest.ledger)
            overtaken = initial.ledger if newest != initial else None
            return reconcile(report, newest.ledger, policy, overtaken, orphans)

        if plan.request.dry_run:
            return _outcome(reconcile_with(initial), ())
        reconciliation, written = self._intend(reconcile_with, initial)
        receipts = tuple(publisher.publish(reconciliation) for publisher in self.publishers)
        self._settle(reconciliation, written, Delivery.of(receipts))
        return _outcome(reconciliation, receipts)

    def _begin(self, request: RunRequest, run_id: str) -> Plan:
        started_at = self.clock()
        self.preflight(bool(request.accounts))
        return Plan(run_id, request, started_at, self.organization.describe())

    def _list(self, draft: Plan, on_target: Callable[[Account], None]) -> Plan:
        """Return the plan with all accounts. Call ``on_target`` for each account to audit, during the listing.

        It may be called for an account that is not in the plan, if its path and the tree contradict each other.
        """
        only = draft.request.accounts
        selection = Selection(self.settings.scope, only)
        accounts = listed(self.organization, draft.organization, selection, on_target)
        organization = draft.organization.with_accounts(accounts, self.organization.unit_ids())
        if unknown := only - {account.id for account in accounts}:
            raise UnknownAccounts(unknown, organization.id)
        self.settings_check.stop_if_wrong(self.settings, organization, draft.started_at.date())
        targets = tuple(filter(selection.has, organization.accounts))
        if not targets and not only:
            raise NothingInScope(organization.id)
        return replace(draft, organization=organization, accounts=targets)

    def _open_pool(self) -> AbstractContextManager[ReadPool]:
        needed = facts_needed(self.settings.rules, self.identity.partition)
        return open_read_pool(
            self.reader, needed, ReadLimits(self.workers, self._time_is_up, self.redact), self.progress.read
        )

    def _finish(self, pool: ReadPool, accounts: tuple[Account, ...]) -> dict[Account, AccountFacts]:
        """Return the facts of accounts, which may have been queued before their place was known."""
        self.progress.started(len(accounts))
        facts = {account.id: found for account, found in pool.finish().items()}
        return {account: facts[account.id] for account in accounts}

    def _time_is_up(self, accounts: int) -> bool:
        self.budget.accounts = max(self.budget.accounts, accounts)
        return self.budget.for_reading() <= 0

    def _judge(
        self, run: Run, organization: Organization, facts: dict[Account, AccountFacts], ledger: Ledger
    ) -> Report:
        context = EvaluationContext(
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
            findings=judge(facts, context),
            rules=tuple(rule.id for rule in enabled_rules(self.settings.rules)),
            settings_notices=self.settings_check.notices(
                self.settings, organization, ledger.accounts, run.started_at.date()
            ),
        )

    def _intend(
        self, reconcile_with: Callable[[LedgerSnapshot], Reconciliation], snapshot: LedgerSnapshot
    ) -> tuple[Reconciliation, LedgerSnapshot]:
        """Write the changes that the run is about to report to the ledger. Return them, with the ledger as it is now.

        Without changes, do not write. If another run wrote first, start over from its ledger.
        """
        for _ in range(MOST_LEDGER_WRITES):
            reconciliation = reconcile_with(snapshot)
            if not reconciliation.changes:
                return reconciliation, snapshot
            intended = intend(reconciliation)
            try:
                version = self.ledger.write(intended, snapshot, reconciliation.report.run.id)
                return reconciliation, LedgerSnapshot(intended, version)
            except LedgerConflict:
                snapshot = _with_reset_noted(self.ledger.read(intended.organization_id))
            if snapshot.ledger == intended:  # our write succeeded, but its response was lost
                return reconciliation, snapshot
        raise LedgerWriteFailed(MOST_LEDGER_WRITES)

    def _settle(self, reconciliation: Reconciliation, written: LedgerSnapshot, delivery: Delivery) -> None:
        """Write the observations of the run and what arrived. If another run wrote since, merge both ledgers."""
        ours = ledger = remember(reconciliation, delivery)
        current = written
        for _ in range(MOST_LEDGER_WRITES):
            try:
                self.ledger.write(ledger, current, reconciliation.report.run.id)
            except LedgerConflict:
                current = _with_reset_noted(self.ledger.read(ours.organization_id))
                ledger = _merged(written.ledger, ours, current)
            else:
                return
        raise LedgerWriteFailed(MOST_LEDGER_WRITES)


def _with_reset_noted(snapshot: LedgerSnapshot) -> LedgerSnapshot:
    """If the ledger was unusable, note in the empty one that replaces it that an alert must report this."""
    if not snapshot.unusable:
        return snapshot
    return replace(snapshot, ledger=replace(snapshot.ledger, unreported_set_aside=snapshot.unusable))


def _merged(ancestor: Ledger, ours: Ledger, theirs: LedgerSnapshot) -> Ledger:
    """Return our ledger merged with that of another run, if that one still exists and is usable."""
    if theirs.unusable:
        return replace(ours, unreported_set_aside=theirs.unusable)
    return merge(ancestor, ours, theirs.ledger) if theirs.version else ours


def _outcome(reconciliation: Reconciliation, receipts: tuple[Receipt, ...]) -> Outcome:
    return Outcome(reconciliation.report, reconciliation.changes, receipts, reconciliation.ledger.unreported_set_aside)


def run_id_of(started_at: datetime) -> str:
    """Return an id for a run that sorts by time: ``20261121T060000Z``."""
    return started_at.strftime("%Y%m%dT%H%M%SZ")
