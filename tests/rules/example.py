"""An example before a rule: everything ordinary, of which a case names what matters, and what is expected."""

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
    """One case of a rule's table. ``says`` stands in the sentence of the verdict."""

    compliance: Compliance
    severity: Severity = Severity.INFORMATIONAL
    says: str
    facts: AccountFacts = field(default_factory=some_facts)
    account: Account = field(default_factory=an_account)
    rules: Rules = field(default_factory=Rules)
    partition: str = "aws"
    opt_in_use_elsewhere: OptInUse = OptInUse.NOT_IN_USE
    needed: frozenset[FactKind] = BOTH_KINDS
    access: Access = OWN_ROLE

    @property
    def case(self) -> RuleInput:
        """Return the case as the rule gets it."""
        return RuleInput(
            self.account, self.facts, self.rules, self.partition, self.opt_in_use_elsewhere, self.needed, self.access
        )

    def hold_against(self, rule: Rule) -> None:
        """Judge the case and compare the verdict with what is expected."""
        verdict = rule.judge(self.case)
        assert (verdict.compliance, verdict.severity) == (self.compliance, self.severity), verdict.sentence
        assert self.says in verdict.sentence


def when_opt_in() -> Rules:
    """Return settings that want version 2 only where an opt-in Region makes version 1 a risk."""
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
