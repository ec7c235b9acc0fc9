"""Rules, one per file. A rule is a declaration `RULE` and a pure function; new files are found automatically."""

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
    """Return every rule of this package, sorted by id.

    Raises ``ValueError`` if two rules have the same id, and ``LookupError`` if the folder has none: ``pkgutil``
    silently lists nothing if it cannot open the folder, and a run without rules would find every account compliant.
    """
    by_id: dict[str, Rule] = {}
    for module in pkgutil.iter_modules(__path__):
        rule = getattr(import_module(f"{__name__}.{module.name}"), "RULE", None)
        if not isinstance(rule, Rule):
            continue
        if rule.id in by_id:
            raise ValueError(f"two rules have the id {rule.id}; the second is in {module.name}")
        by_id[rule.id] = rule
    if not by_id:
        raise LookupError(f"no rule was found in {__path__}")
    return tuple(by_id[rule_id] for rule_id in sorted(by_id))


def enabled_rules(settings: Rules) -> tuple[Rule, ...]:
    """Return the rules that the settings enable."""
    return tuple(rule for rule in all_rules() if rule.enabled(settings))


def facts_needed(settings: Rules, partition: str) -> frozenset[FactKind]:
    """Return the kinds of facts that the enabled and applicable rules need."""
    return frozenset(
        kind for rule in enabled_rules(settings) if rule.applies(settings, partition) for kind in rule.needs
    )
