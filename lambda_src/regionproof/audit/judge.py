"""Judge: turn the facts of all accounts into one finding per account and enabled rule. Pure."""

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
    """The inputs shared by all accounts of a run. ``now`` is aware, in UTC.

    ``organization`` contains every account, including those that the run did not read. ``known_accounts`` are the
    accounts in the ledger, by account id.
    """

    organization: Organization
    partition: str
    settings: AuditSettings
    known_accounts: Mapping[str, KnownAccount]
    now: datetime


def judge(facts: Mapping[Account, AccountFacts], context: EvaluationContext) -> tuple[Finding, ...]:
    """Return exactly one finding for every account and enabled rule, by account id and rule."""
    settings = context.settings.rules
    opt_in_use = _opt_in_use(facts, context)
    needed = facts_needed(settings, context.partition)
    rules = enabled_rules(settings)
    access = Access.of(context.settings)
    return tuple(
        _finding(
            rule,
            RuleInput(account, read, settings, context.partition, opt_in_use, needed, access),
            context,
        )
        for account, read in sorted(facts.items(), key=lambda item: item[0].id)
        for rule in rules
    )


def _opt_in_use(facts: Mapping[Account, AccountFacts], context: EvaluationContext) -> OptInUse:
    """Return whether any active account uses an opt-in Region. If an account was not read, use its last known state."""
    known = context.known_accounts
    in_use = any_opt_in_region_in_use(
        uses_opt_in_region(facts.get(account), known[account.id].uses_opt_in_region if account.id in known else None)
        for account in context.organization.accounts
        if account.is_active
    )
    if in_use is None:
        return OptInUse.UNKNOWN
    return OptInUse.IN_USE if in_use else OptInUse.NOT_IN_USE


def _finding(rule: Rule, rule_input: RuleInput, context: EvaluationContext) -> Finding:
    return Finding(
        id=finding_id(context.organization.id, rule_input.account.id, rule.id),
        rule=rule.id,
        account=rule_input.account,
        verdict=rule.judge(rule_input),
        title=rule.title,
        risk=rule.risk,
        remediation=rule.remediation,
        reference=rule.reference,
        first_seen=context.now,
        last_seen=context.now,
        exemption=_exemption(context, rule_input.account.id, rule.id),
    )


def _exemption(context: EvaluationContext, account_id: str, rule_id: str) -> Exemption | None:
    """Return the exemption in force today."""
    today = context.now.date()
    for exemption in context.settings.exemptions:
        if (exemption.account, exemption.rule) == (account_id, rule_id) and today <= exemption.until:
            return exemption
    return None
