"""The report of a run: the run itself, the organization, each account and each finding, with their counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .findings import COVERAGE

if TYPE_CHECKING:
    from datetime import datetime

    from .accounts import Account, Organization
    from .facts import AccountFacts
    from .findings import Finding
    from .settings_notices import SettingsNotice


@dataclass(frozen=True, slots=True)
class Identity:
    """Who runs the audit: the account, the partition, and the Region of its session."""

    account_id: str
    partition: str
    region: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run. Times are aware, in UTC. ``requested`` names the accounts of a partial run; empty: all."""

    id: str
    identity: Identity
    started_at: datetime
    finished_at: datetime
    requested: frozenset[str] = frozenset()

    @property
    def is_partial(self) -> bool:
        """Return whether the run looked at a part of the organization by request."""
        return bool(self.requested)

    @property
    def duration_seconds(self) -> float:
        """Return how long the run took, in seconds."""
        return (self.finished_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class AccountResult:
    """One account of the organization in one run. ``facts`` is None where the run did not look at it."""

    account: Account
    in_scope: bool
    facts: AccountFacts | None = None

    @property
    def audited(self) -> bool:
        """Return whether everything that the rules need was read, and the account's state is one we know."""
        return self.facts is not None and self.facts.complete and self.account.state_is_known


@dataclass(frozen=True)
class Report:
    """Everything that a run has to say. Every account of the organization is in it exactly once.

    ``settings_notices`` are the entries of the settings that do nothing.
    """

    run: Run
    organization: Organization
    accounts: tuple[AccountResult, ...]
    findings: tuple[Finding, ...]
    rules: tuple[str, ...]
    settings_notices: tuple[SettingsNotice, ...] = ()

    @cached_property
    def targets(self) -> tuple[AccountResult, ...]:
        """Return the accounts that the run set out to audit."""
        return tuple(result for result in self.accounts if result.facts is not None)

    @cached_property
    def audited(self) -> tuple[AccountResult, ...]:
        """Return the accounts of which everything was read."""
        return tuple(result for result in self.targets if result.audited)

    @cached_property
    def not_audited(self) -> tuple[AccountResult, ...]:
        """Return the accounts of which something could not be read."""
        return tuple(result for result in self.targets if not result.audited)

    @cached_property
    def not_tried(self) -> tuple[AccountResult, ...]:
        """Return the accounts that the run had no time for: a part of those not audited."""
        return tuple(r for r in self.targets if r.facts and r.facts.not_tried and not r.facts.read_failures)

    @cached_property
    def unexempted_not_audited(self) -> tuple[AccountResult, ...]:
        """Return the accounts not audited, less those that someone exempted from being audited."""
        taken_on = {f.account.id for f in self.findings if f.rule == COVERAGE and f.exemption}
        return tuple(result for result in self.not_audited if result.account.id not in taken_on)

    @cached_property
    def open_findings(self) -> tuple[Finding, ...]:
        """Return the noncompliant findings without an exemption, the worst first."""
        return tuple(sorted(filter(lambda finding: finding.is_open, self.findings), key=_worst_first))

    @cached_property
    def noncompliant_by_rule(self) -> dict[str, int]:
        """Return the number of open findings of every rule that was judged, zero included."""
        counts = Counter(finding.rule for finding in self.open_findings)
        return {rule: counts[rule] for rule in self.rules}

    def summary(self) -> dict[str, Any]:
        """Return the counts of the run, as plain values for JSON."""
        states = Counter(result.account.state for result in self.accounts)
        return {
            "accounts_listed": len(self.accounts),
            "accounts_by_state": dict(sorted(states.items())),
            "accounts_not_open": sum(not result.account.is_active for result in self.accounts),
            "accounts_out_of_scope": sum(r.account.is_active and not r.in_scope for r in self.accounts),
            "accounts_in_scope": sum(r.account.is_active and r.in_scope for r in self.accounts),
            "accounts_audited": len(self.audited),
            "accounts_not_audited": len(self.not_audited),
            "accounts_not_tried": len(self.not_tried),
            "noncompliant": sum(self.noncompliant_by_rule.values()),
            "noncompliant_by_rule": self.noncompliant_by_rule,
            "exempt": sum(f.is_noncompliant and not f.is_open for f in self.findings),
            "by_compliance": dict(Counter(f.verdict.compliance.value for f in self.findings)),
        }


def _worst_first(finding: Finding) -> tuple[int, str, str]:
    return -finding.verdict.severity.rank, finding.rule, finding.account.id
