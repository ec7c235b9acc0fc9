"""An organization that changes, with what a person would expect Security Hub to show of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from regionproof.domain.facts import TokenVersion
from regionproof.domain.findings import finding_id
from regionproof.settings.shape import AuditSettings, Exemption, RegionsRule, Rules

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
    from datetime import datetime, timedelta

    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.facts import AccountFacts

OTHERS = tuple(digit * 12 for digit in "23")
"""The accounts that come and go; the management account stays."""

RULES = ("STS.1", "Regions.1", "Coverage.1")


@dataclass(frozen=True)
class Situation:
    """One account as it is now: ``state`` None while it is not in the organization."""

    state: str | None = "ACTIVE"
    version: int = 2
    opt_in: bool = False
    readable: bool = True
    exempt_until: datetime | None = None


@dataclass
class ChangingWorld:
    """The accounts, the settings and the time. It is an organization source, a fact reader and a clock."""

    accounts: dict[str, Situation] = field(
        default_factory=lambda: dict.fromkeys((MANAGEMENT_ACCOUNT_ID, *OTHERS), Situation())
    )
    regions_listed: bool = False
    now: datetime = NOW

    def change(self, account_id: str, **change: object) -> None:
        """Change one account."""
        self.accounts[account_id] = replace(self.accounts[account_id], **change)  # type: ignore[arg-type]

    def read_organization(self) -> Organization:
        """Return who is listed."""
        listed = [
            an_account(account_id, state=situation.state)
            for account_id, situation in self.accounts.items()
            if situation.state and account_id != MANAGEMENT_ACCOUNT_ID
        ]
        return an_organization(*listed)

    def read(self, account: Account) -> AccountFacts:
        """Return what can be read of an account."""
        situation = self.accounts[account.id]
        if not situation.readable:
            return some_facts(DENIED, DENIED)
        opt_in = regions(ap_east_1="ENABLED" if situation.opt_in else "DISABLED")
        return some_facts(TokenVersion(situation.version), opt_in)

    def clock(self) -> datetime:
        """Return the time."""
        return self.now

    def wait(self, duration: timedelta) -> None:
        """Let time pass."""
        self.now += duration

    @property
    def settings(self) -> AuditSettings:
        """Return the settings as they are now."""
        exemptions = tuple(
            Exemption(account=one, rule="STS.1", owner="a", reason="b", until=situation.exempt_until.date())
            for one, situation in self.accounts.items()
            if situation.exempt_until
        )
        listed = RegionsRule(approved=() if self.regions_listed else None)
        return AuditSettings(rules=Rules(regions_1=listed), exemptions=exemptions)

    @property
    def active(self) -> set[str]:
        """Return the accounts that are open."""
        return {account_id for account_id, situation in self.accounts.items() if situation.state == "ACTIVE"}

    def is_exempt(self, account_id: str, rule: str) -> bool:
        """Tell whether an exemption holds today."""
        until = self.accounts[account_id].exempt_until
        return rule == "STS.1" and until is not None and self.now.date() <= until.date()

    def status(self, account_id: str, rule: str, before: str | None) -> str | None:
        """Return what Security Hub should show as active; ``before`` where nobody can know."""
        situation = self.accounts[account_id]
        if situation.state != "ACTIVE" or (rule == "Regions.1" and not self.regions_listed):
            return None
        if rule == "Coverage.1":
            return "PASSED" if situation.readable else "FAILED"
        if not situation.readable:
            return before
        wrong = situation.version == 1 if rule == "STS.1" else situation.opt_in
        return "FAILED" if wrong else "PASSED"

    def severity(self, account_id: str, rule: str) -> str | None:
        """Return how bad a failed finding of a readable account is; None where what is unread decides."""
        if rule != "STS.1" or self.accounts[account_id].opt_in:
            return "HIGH" if rule == "STS.1" else "MEDIUM"
        active = [self.accounts[one] for one in self.active]
        if any(situation.opt_in and situation.readable for situation in active):
            return "MEDIUM"
        return "LOW" if all(situation.readable for situation in active) else None


def id_of(account_id: str, rule: str) -> str:
    """Return the id of a finding."""
    return finding_id(ORGANIZATION_ID, account_id, rule)
