"""Rules: one file each, found by themselves. A rule is a declaration and a pure function."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from .declaration import Rule

if TYPE_CHECKING:
    from regionproof.domain.facts import FactKind
    from regionproof.settings.shape import Rules


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule of this package, in the order of their ids. Raises ``ValueError`` on a doubled id.

    They are looked for once. Raises ``LookupError`` where none is found: ``pkgutil`` says nothing of a folder that
    it could not open, and a run without rules would find nothing to say.
    """
    found: dict[str, Rule] = {}
    for module in pkgutil.iter_modules(__path__):
        rule = getattr(import_module(f"{__name__}.{module.name}"), "RULE", None)
        if not isinstance(rule, Rule):
            continue
        if rule.id in found:
            raise ValueError(f"two rules have the id {rule.id}; the second stands in {module.name}")
        found[rule.id] = rule
    if not found:
        raise LookupError(f"no rule was found in {__path__}")
    return tuple(found[rule_id] for rule_id in sorted(found))


def enabled_rules(settings: Rules) -> tuple[Rule, ...]:
    """Return the rules that the settings enable."""
    return tuple(rule for rule in all_rules() if rule.enabled(settings))


def facts_needed(settings: Rules, partition: str) -> frozenset[FactKind]:
    """Return the kinds of facts without which a rule that applies could not judge."""
    return frozenset(
        kind for rule in enabled_rules(settings) if rule.applies(settings, partition) for kind in rule.needs
    )
