"""The declaration of a rule, and the input that it judges."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from regionproof.domain.access import OWN_ROLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from regionproof.domain.access import Access
    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import AccountFacts, FactKind
    from regionproof.domain.findings import Verdict
    from regionproof.settings.shape import Rules


class OptInUse(Enum):
    """Whether another account of the organization uses an opt-in Region or is about to."""

    IN_USE = "in use"
    NOT_IN_USE = "not in use"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RuleInput:
    """One account for a rule to judge: its facts, the settings, and whether other accounts use opt-in Regions.

    ``needed`` holds the kinds of facts that the rules of this run need. ``access`` is how the audit enters accounts.
    """

    account: Account
    facts: AccountFacts
    rules: Rules
    partition: str
    opt_in_use_elsewhere: OptInUse
    needed: frozenset[FactKind]
    access: Access = OWN_ROLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. The docstring of its module is the playbook, and becomes a section of docs/rules.md.

    ``title`` names the good state. ``remediation`` fits the 512 characters that Security Hub shows.
    ``enabled`` depends on the settings, ``applies`` also on the partition; ``judge`` is pure.
    """

    id: str
    title: str
    risk: str
    remediation: str
    reference: str
    needs: tuple[FactKind, ...]
    enabled: Callable[[Rules], bool]
    applies: Callable[[Rules, str], bool]
    judge: Callable[[RuleInput], Verdict]
