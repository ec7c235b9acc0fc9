"""Examples for rules: an ordinary account, the differences that a case names, and the expected verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from regionproof.domain.access import OWN_ROLE
from regionproof.domain.facts import RegionOptStatuses, TokenVersion
from regionproof.domain.findings import Compliance, Severity
from regionproof.rules.declaration import OptInUse, RuleInput
from regionproof.settings.shape import RegionsRule, Rules, StsRule
from tests.support.builders import an_account, some_facts

if TYPE_CHECKING:
    from regionproof.domain.access import Access
    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import AccountFacts, FactKind
    from regionproof.rules.declaration import Rule

BOTH_KINDS: frozenset[FactKind] = frozenset({TokenVersion, RegionOptStatuses})


@dataclass(frozen=True, kw_only=True)
class Example:
    """One case of a rule's table. ``mentions`` is a part of the verdict's sentence."""

    compliance: Compliance
    severity: Severity = Severity.INFORMATIONAL
    mentions: str
    facts: AccountFacts = field(default_factory=some_facts)
    account: Account = field(default_factory=an_account)
    rules: Rules = field(default_factory=Rules)
    partition: str = "aws"
    opt_in_use_elsewhere: OptInUse = OptInUse.NOT_IN_USE
    needed: frozenset[FactKind] = BOTH_KINDS
    access: Access = OWN_ROLE

    @property
    def rule_input(self) -> RuleInput:
        """Return the input for the rule."""
        return RuleInput(
            self.account, self.facts, self.rules, self.partition, self.opt_in_use_elsewhere, self.needed, self.access
        )

    def check(self, rule: Rule) -> None:
        """Assert that the rule gives the expected verdict."""
        verdict = rule.judge(self.rule_input)
        assert (verdict.compliance, verdict.severity) == (self.compliance, self.severity), verdict.sentence
        assert self.mentions in verdict.sentence


def when_opt_in() -> Rules:
    """Return settings that require version 2 only if an opt-in Region is in use."""
    return Rules(sts_1=StsRule(require="when-opt-in"))


def approving(
    *approved: str,
    units: dict[str, tuple[str, ...]] | None = None,
    accounts: dict[str, tuple[str, ...]] | None = None,
) -> Rules:
    """Return settings with an organization-wide list, and with lists for units and accounts."""
    return Rules(regions_1=RegionsRule(approved=approved, organizational_units=units or {}, accounts=accounts or {}))


def approving_only_below(
    units: dict[str, tuple[str, ...]] | None = None, accounts: dict[str, tuple[str, ...]] | None = None
) -> Rules:
    """Return settings without an organization-wide list."""
    return Rules(regions_1=RegionsRule(organizational_units=units or {}, accounts=accounts or {}))
