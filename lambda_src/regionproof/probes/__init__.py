"""Probes, one AWS read per file, with the IAM actions that it needs. New files are found automatically."""

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
    """Return every probe of this package, sorted by call.

    Raises ``LookupError`` if the folder has none: ``pkgutil`` silently lists nothing if it cannot open the folder.
    """
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    probes = [probe for module in modules if isinstance(probe := getattr(module, "PROBE", None), Probe)]
    if not probes:
        raise LookupError(f"no probe was found in {__path__}")
    return tuple(sorted(probes, key=lambda probe: probe.call))


def probes_for(kinds: AbstractSet[FactKind]) -> tuple[Probe, ...]:
    """Return the probes for these kinds of facts. Raises ``LookupError`` if a kind has no probe."""
    probes = tuple(probe for probe in all_probes() if probe.fact in kinds)
    if missing := kinds - {probe.fact for probe in probes}:
        raise LookupError(f"no probe reads {', '.join(sorted(kind.__name__ for kind in missing))}")
    return probes
