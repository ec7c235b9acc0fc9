"""Every id of an account, an organizational unit or a root that the settings name, with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .problems import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from .shape import AuditSettings

    Location = tuple[str | int, ...]

SCOPE_UNITS = ("scope", "organizational_units")


@dataclass(frozen=True, slots=True)
class NamedId:
    """One id and where it is. ``rule`` and ``until`` are those of an exemption."""

    id: str
    location: Location
    rule: str = ""
    until: date | None = None

    @property
    def path(self) -> str:
        """Return the place in readable form: ``exemptions[0].account``."""
        return dotted(self.location)

    @property
    def kind(self) -> str:
        """Return AWS's term for the thing."""
        return "root" if self.id.startswith("r-") else "organizational unit" if self.is_unit else "account"

    @property
    def is_unit(self) -> bool:
        """Return whether it is a part of the tree: a root or an organizational unit."""
        return self.id.startswith(("r-", "ou-"))

    @property
    def narrows_scope(self) -> bool:
        """Return whether it is one of the units that the audit is limited to."""
        return self.location[: len(SCOPE_UNITS)] == SCOPE_UNITS

    @property
    def key(self) -> str:
        """Return what identifies the entry wherever it is in its list."""
        names = [step for step in self.location if isinstance(step, str) and step != self.id]
        return " ".join(part for part in (".".join(names), self.id, self.rule) if part)


def named_ids(settings: AuditSettings, roll_out_to: Iterable[str] = ()) -> Iterator[NamedId]:
    """Yield every id in the order of the file's sections. ``roll_out_to`` is that of the deployment, if it is used."""
    scope, regions = settings.scope, settings.rules.regions_1
    yield from _listed(SCOPE_UNITS, scope.organizational_units)
    yield from _listed(("scope", "exclude_organizational_units"), scope.exclude_organizational_units)
    yield from _listed(("scope", "exclude_accounts"), scope.exclude_accounts)
    for unit in regions.organizational_units:
        yield NamedId(unit, ("rules", "Regions.1", "organizational_units", unit))
    for account in regions.accounts:
        yield NamedId(account, ("rules", "Regions.1", "accounts", account))
    for index, exemption in enumerate(settings.exemptions):
        location = ("exemptions", index, "account")
        yield NamedId(exemption.account, location, exemption.rule, exemption.until)
    yield from _listed(("deployment", "roll_out_to"), roll_out_to)


def _listed(location: Location, ids: Iterable[str]) -> Iterator[NamedId]:
    return (NamedId(named, (*location, index)) for index, named in enumerate(ids))
