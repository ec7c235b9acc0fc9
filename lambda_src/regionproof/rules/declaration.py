"""What a rule is: its declaration, and the case that it judges."""

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
    """Whether other accounts of the organization have an opt-in Region in use or about to be."""

    IN_USE = "seen"
    NOT_IN_USE = "not seen"
    UNKNOWN = "not looked"


@dataclass(frozen=True, slots=True)
class RuleInput:
    """One account before a rule: what was read of it, what is wanted, and what surrounds it.

    ``needed`` holds the kinds of facts that the rules of this run needed. ``access`` is the way into accounts.
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
    """One rule. The playbook for the person who meets its finding is the docstring of its module.

    ``title`` names the good state. ``remediation`` fits the 512 characters that Security Hub shows.
    ``enabled`` reads the settings, ``applies`` the settings and the partition; ``judge`` is pure.
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
