"""An organization that changes, with the findings that Security Hub should show."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from regionproof.domain.facts import TokenVersion
from regionproof.domain.findings import finding_id
from regionproof.settings.shape import AuditSettings, Exemption, RegionsRule, Rules, Scope, StsRule

from .builders import (
    DENIED,
    MANAGEMENT_ACCOUNT_ID,
    NOW,
    ORGANIZATION_ID,
    an_account,
    an_organization,
    regions,
    some_facts,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.facts import AccountFacts

OTHERS = tuple(digit * 12 for digit in "23")
"""The accounts that join and leave. The management account stays."""

RULES = ("STS.1", "Regions.1", "Coverage.1")


@dataclass(frozen=True)
class Situation:
    """The current state of one account. ``state`` is None while it is not in the organization."""

    state: str | None = "ACTIVE"
    version: int = 2
    opt_in: bool = False
    readable: bool = True
    exempt_until: datetime | None = None
    in_scope: bool = True


@dataclass
class ChangingWorld:
    """The accounts, the settings and the time. It is an organization source, a fact reader and a clock.

    ``last_read`` has, for each account, whether it used an opt-in Region when a run last recorded this.
    """

    accounts: dict[str, Situation] = field(
        default_factory=lambda: dict.fromkeys((MANAGEMENT_ACCOUNT_ID, *OTHERS), Situation())
    )
    regions_listed: bool = False
    when_opt_in: bool = False
    last_read: dict[str, bool] = field(default_factory=dict)
    now: datetime = NOW

    def change(self, account_id: str, **change: object) -> None:
        """Change one account."""
        self.accounts[account_id] = replace(self.accounts[account_id], **change)  # type: ignore[arg-type]

    def read_organization(self) -> Organization:
        """Return the organization with its current accounts."""
        listed = [
            an_account(account_id, state=situation.state)
            for account_id, situation in self.accounts.items()
            if situation.state and account_id != MANAGEMENT_ACCOUNT_ID
        ]
        return an_organization(*listed)

    def read(self, account: Account) -> AccountFacts:
        """Return the current facts of an account."""
        situation = self.accounts[account.id]
        if not situation.readable:
            return some_facts(DENIED, DENIED)
        opt_in = regions(ap_east_1="ENABLED" if situation.opt_in else "DISABLED")
        return some_facts(TokenVersion(situation.version), opt_in)

    def clock(self) -> datetime:
        """Return the current time."""
        return self.now

    def wait(self, duration: timedelta) -> None:
        """Let time pass."""
        self.now += duration

    @property
    def settings(self) -> AuditSettings:
        """Return the current settings."""
        exemptions = tuple(
            Exemption(account=one, rule="STS.1", owner="a", reason="b", until=situation.exempt_until.date())
            for one, situation in self.accounts.items()
            if situation.exempt_until
        )
        rules = Rules(
            sts_1=StsRule(require="when-opt-in" if self.when_opt_in else "always"),
            regions_1=RegionsRule(approved=() if self.regions_listed else None),
        )
        excluded = tuple(one for one, situation in self.accounts.items() if not situation.in_scope)
        return AuditSettings(rules=rules, exemptions=exemptions, scope=Scope(exclude_accounts=excluded))

    @property
    def idle_settings(self) -> set[str]:
        """Return the settings entries without effect: of accounts that are not listed, and ended exemptions."""
        entries = set()
        for account_id, situation in self.accounts.items():
            ended = situation.exempt_until and situation.exempt_until.date() < self.now.date()
            if ended or (situation.exempt_until and not situation.state):
                entries.add(f"exemptions {account_id}")
            if not situation.in_scope and not situation.state:
                entries.add(f"scope.exclude_accounts {account_id}")
        return entries

    @property
    def active(self) -> set[str]:
        """Return the active accounts."""
        return {account_id for account_id, situation in self.accounts.items() if situation.state == "ACTIVE"}

    @property
    def audited(self) -> set[str]:
        """Return the accounts that a full run reads."""
        return {account_id for account_id in self.active if self.accounts[account_id].in_scope}

    def remember_reads(self, asked: Collection[str], listed: Collection[str]) -> None:
        """Record the Regions of the accounts that a run read. Keep only accounts in ``listed``."""
        for account_id in asked:
            if self.accounts[account_id].readable:
                self.last_read[account_id] = self.accounts[account_id].opt_in
        self.last_read = {one: in_use for one, in_use in self.last_read.items() if one in listed}

    @property
    def any_opt_in_region_in_use(self) -> bool | None:
        """Return whether any active account uses an opt-in Region; None if a full run cannot know it."""
        known = {
            self.accounts[one].opt_in
            if one in self.audited and self.accounts[one].readable
            else self.last_read.get(one)
            for one in self.active
        }
        return True if True in known else None if None in known else False

    def is_exempt(self, account_id: str, rule: str) -> bool:
        """Return whether an exemption is in force today."""
        until = self.accounts[account_id].exempt_until
        return rule == "STS.1" and until is not None and self.now.date() <= until.date()

    def status(self, account_id: str, rule: str, before: str | None) -> str | None:
        """Return the compliance that Security Hub should show as active; ``before`` if no run can read it."""
        situation = self.accounts[account_id]
        if situation.state != "ACTIVE" or not situation.in_scope or (rule == "Regions.1" and not self.regions_listed):
            return None
        if rule == "Coverage.1":
            return "PASSED" if situation.readable else "FAILED"
        if not situation.readable:
            return before
        if rule == "Regions.1":
            return "FAILED" if situation.opt_in else "PASSED"
        return self._status_of_sts_1(situation, before)

    def _status_of_sts_1(self, situation: Situation, before: str | None) -> str | None:
        if situation.version == 1 and self.when_opt_in and not self.any_opt_in_region_in_use:
            return before if self.any_opt_in_region_in_use is None else "PASSED"
        return "FAILED" if situation.version == 1 else "PASSED"

    def severity(self, account_id: str, rule: str) -> str:
        """Return the severity of a failed finding of a readable account."""
        if rule != "STS.1" or self.accounts[account_id].opt_in:
            return "HIGH" if rule == "STS.1" else "MEDIUM"
        return "LOW" if self.any_opt_in_region_in_use is False else "MEDIUM"


def id_of(account_id: str, rule: str) -> str:
    """Return the id of a finding."""
    return finding_id(ORGANIZATION_ID, account_id, rule)
