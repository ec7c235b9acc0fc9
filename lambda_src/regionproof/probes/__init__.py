"""Probes: one AWS read a file, found by themselves, each with the IAM actions that it needs."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from .declaration import Probe

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from regionproof.domain.facts import FactKind


@cache
def all_probes() -> tuple[Probe, ...]:
    """Return every probe of this package, in the order of their calls.

    They are looked for once. Raises ``LookupError`` where none is found: ``pkgutil`` says nothing of a folder that
    it could not open.
    """
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [probe for module in modules if isinstance(probe := getattr(module, "PROBE", None), Probe)]
    if not found:
        raise LookupError(f"no probe was found in {__path__}")
    return tuple(sorted(found, key=lambda probe: probe.call))


def probes_for(kinds: AbstractSet[FactKind]) -> tuple[Probe, ...]:
    """Return the probes that read these kinds of facts. Raises ``LookupError`` for a kind that none reads."""
    found = tuple(probe for probe in all_probes() if probe.fact in kinds)
    if missing := kinds - {probe.fact for probe in found}:
        raise LookupError(f"no probe reads {', '.join(sorted(kind.__name__ for kind in missing))}")
    return found
