"""Judge: facts of all accounts -> one finding per open account and enabled rule. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regionproof.domain.access import Access
from regionproof.domain.facts import any_opt_in_region_in_use, uses_opt_in_region
from regionproof.domain.findings import Finding, finding_id
from regionproof.rules import enabled_rules, facts_needed
from regionproof.rules.declaration import OptInUse, Rule, RuleInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.facts import AccountFacts
    from regionproof.domain.ledger import KnownAccount
    from regionproof.settings.shape import AuditSettings, Exemption


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """What is the same for every account of a run. ``now`` is aware, in UTC.

    ``organization`` holds every account, also those that the run did not read. ``known_accounts`` is what the
    ledger remembers of them, by account id.
    """

    organization: Organization
    partition: str
    settings: AuditSettings
    known_accounts: Mapping[str, KnownAccount]
    now: datetime


def judge(facts: Mapping[Account, AccountFacts], circumstances: EvaluationContext) -> tuple[Finding, ...]:
    """Return exactly one finding for every account and enabled rule, by account id and rule."""
    settings = circumstances.settings.rules
    opt_in_use_elsewhere = _elsewhere(facts, circumstances)
    needed = facts_needed(settings, circumstances.partition)
    rules = enabled_rules(settings)
    access = Access.of(circumstances.settings)
    return tuple(
        _finding(
            rule,
            RuleInput(account, read, settings, circumstances.partition, opt_in_use_elsewhere, needed, access),
            circumstances,
        )
        for account, read in sorted(facts.items(), key=lambda item: item[0].id)
        for rule in rules
    )


def _elsewhere(facts: Mapping[Account, AccountFacts], circumstances: EvaluationContext) -> OptInUse:
    """Return whether any open account uses an opt-in Region. An account that was not read is as last known."""
    known = circumstances.known_accounts
    in_use = any_opt_in_region_in_use(
        uses_opt_in_region(facts.get(account), known[account.id].uses_opt_in_region if account.id in known else None)
        for account in circumstances.organization.accounts
        if account.is_active
    )
    if in_use is None:
        return OptInUse.UNKNOWN
    return OptInUse.IN_USE if in_use else OptInUse.NOT_IN_USE


def _finding(rule: Rule, case: RuleInput, circumstances: EvaluationContext) -> Finding:
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


def _exemption(circumstances: EvaluationContext, account_id: str, rule_id: str) -> Exemption | None:
    """Return the exemption that holds on this day; one that has ended holds no more."""
    today = circumstances.now.date()
    for exemption in circumstances.settings.exemptions:
        if (exemption.account, exemption.rule) == (account_id, rule_id) and today <= exemption.until:
            return exemption
    return None
