"""The run: discover, collect, judge, publish, in this order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .collecting import collect
from .domain.accounts import accounts_to_audit, in_scope
from .domain.report import AccountResult, Identity, Report, Run
from .errors import UnknownAccounts
from .judging import Circumstances, judge
from .rules import enabled_rules, facts_needed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .domain.accounts import Account, Organization
    from .domain.facts import AccountFacts
    from .domain.ports import Clock, FactReader, OrganizationSource, Publisher
    from .domain.receipts import Receipt
    from .settings.shape import AuditSettings


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is asked of one run. ``accounts`` empty: all in scope. A dry run publishes nothing."""

    accounts: frozenset[str] = frozenset()
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: the report, and a receipt of every destination it was sent to."""

    report: Report
    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run tells how far it is. ``started`` gets the number of accounts, ``read`` each one done."""

    started: Callable[[int], None] = lambda _total: None
    read: Callable[[Account, AccountFacts], None] = lambda _account, _facts: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A run with everything that it needs. ``workers`` accounts are read at once."""

    settings: AuditSettings
    identity: Identity
    organization: OrganizationSource
    reader: FactReader
    publishers: tuple[Publisher, ...]
    clock: Clock
    workers: int
    progress: Progress = field(default_factory=Progress)

    def run(self, request: RunRequest, run_id: str) -> Outcome:
        """Audit the organization and publish the report.

        Raises ``RegionProofError`` where nothing could be audited: no rights, no organization, a listing
        that broke off, or accounts that are not there. A refusal of a destination is in its receipt.
        """
        started_at = self.clock()
        organization = self.organization.read()
        self._refuse_unknown(request, organization)
        facts = self._collect(organization, request)
        run = Run(run_id, self.identity, started_at, self.clock(), request.accounts)
        report = self._judge(run, organization, facts)
        if request.dry_run:
            return Outcome(report)
        return Outcome(report, tuple(publisher.publish(report) for publisher in self.publishers))

    def _refuse_unknown(self, request: RunRequest, organization: Organization) -> None:
        known = {account.id for account in organization.accounts}
        if unknown := request.accounts - known:
            raise UnknownAccounts(unknown, organization.id)

    def _collect(self, organization: Organization, request: RunRequest) -> dict[Account, AccountFacts]:
        accounts = accounts_to_audit(organization.accounts, self.settings.scope, request.accounts)
        needed = facts_needed(self.settings.rules, self.identity.partition)
        self.progress.started(len(accounts))
        return collect(accounts, self.reader, needed, self.workers, self.progress.read)

    def _judge(self, run: Run, organization: Organization, facts: dict[Account, AccountFacts]) -> Report:
        circumstances = Circumstances(
            organization_id=organization.id,
            partition=run.identity.partition,
            settings=self.settings,
            is_partial=run.is_partial,
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


def run_id_of(started_at: datetime) -> str:
    """Return an id for a run that sorts by time: ``20261121T060000Z``."""
    return started_at.strftime("%Y%m%dT%H%M%SZ")
