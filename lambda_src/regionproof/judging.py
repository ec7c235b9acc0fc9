"""Judge: facts of all accounts -> one finding per open account and enabled rule. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .domain.access import Access
from .domain.facts import opt_in_in_use, uses_opt_in_region
from .domain.findings import Finding, finding_id
from .rules import enabled_rules, facts_needed
from .rules.declaration import Case, Elsewhere, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .domain.accounts import Account, Organization
    from .domain.facts import AccountFacts
    from .domain.ledger import KnownAccount
    from .settings.shape import AuditSettings, Exemption


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is the same for every account of a run. ``now`` is aware, in UTC.

    ``organization`` holds every account, also those that the run did not read. ``known_accounts`` is what the
    ledger remembers of them, by account id.
    """

    organization: Organization
    partition: str
    settings: AuditSettings
    known_accounts: Mapping[str, KnownAccount]
    now: datetime


def judge(facts: Mapping[Account, AccountFacts], circumstances: Circumstances) -> tuple[Finding, ...]:
    """Return exactly one finding for every account and enabled rule, by account id and rule."""
    settings = circumstances.settings.rules
    elsewhere = _elsewhere(facts, circumstances)
    needed = facts_needed(settings, circumstances.partition)
    rules = enabled_rules(settings)
    access = Access.of(circumstances.settings)
    return tuple(
        _finding(rule, Case(account, read, settings, circumstances.partition, elsewhere, needed, access), circumstances)
        for account, read in sorted(facts.items(), key=lambda item: item[0].id)
        for rule in rules
    )


def _elsewhere(facts: Mapping[Account, AccountFacts], circumstances: Circumstances) -> Elsewhere:
    """Return whether any open account uses an opt-in Region. An account that was not read is as last known."""
    known = circumstances.known_accounts
    in_use = opt_in_in_use(
        uses_opt_in_region(facts.get(account), known[account.id].uses_opt_in_region if account.id in known else None)
        for account in circumstances.organization.accounts
        if account.is_open
    )
    if in_use is None:
        return Elsewhere.NOT_LOOKED
    return Elsewhere.SEEN if in_use else Elsewhere.NOT_SEEN


def _finding(rule: Rule, case: Case, circumstances: Circumstances) -> Finding:
    return Finding(
        id=finding_id(circumstances.organization.id, case.account.id, rule.id),
        rule=rule.id,
        account=case.account,
        verdict=rule.judge(case),
        title=rule.title,
        risk=rule.risk,
        remediation=rule.remediation,
        reference=rule.reference,
        first_seen=circumstances.now,
        last_seen=circumstances.now,
        exemption=_exemption(circumstances, case.account.id, rule.id),
    )


def _exemption(circumstances: Circumstances, account_id: str, rule_id: str) -> Exemption | None:
    """Return the exemption that holds on this day; one that has ended holds no more."""
    today = circumstances.now.date()
    for exemption in circumstances.settings.exemptions:
        if (exemption.account, exemption.rule) == (account_id, rule_id) and today <= exemption.until:
            return exemption
    return None
