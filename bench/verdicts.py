"""What a contender found out, and what it should have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .organization import Organization


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The accounts with tokens of version 1, and those with an unapproved Region; None: it does not look at Regions."""

    version_1: frozenset[str]
    unapproved_regions: frozenset[str] | None

    def to_json(self) -> dict[str, list[str] | None]:
        """Return plain values."""
        regions = self.unapproved_regions
        return {
            "version_1": sorted(self.version_1),
            "unapproved_regions": None if regions is None else sorted(regions),
        }

    @classmethod
    def from_json(cls, spelled: Mapping[str, Any]) -> Verdicts:
        """Return what ``to_json`` wrote."""
        regions = spelled["unapproved_regions"]
        return cls(frozenset(spelled["version_1"]), None if regions is None else frozenset(regions))

    def faults(self, organization: Organization) -> list[str]:
        """Say where the verdicts differ from the rule; empty where they are equal."""
        pairs = [("version 1", self.version_1, organization.with_version_1())]
        if self.unapproved_regions is not None:
            pairs.append(("unapproved Regions", self.unapproved_regions, organization.with_unapproved_regions()))
        return [
            f"{what}: {len(found)} accounts named, {len(due)} due, {len(found ^ due)} differ"
            for what, found, due in pairs
            if found != due
        ]
