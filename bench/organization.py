"""The made-up organization, and the rules by which its accounts answer: the stub and the check share them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MANAGEMENT = 100_000_000_000
ORGANIZATION_ID = "o-benchmark01"
ROOT_ID = "r-b001"
ROLE = "RegionProofAudit"
REGION = "us-east-1"
TOP_UNITS = 8
CHILDREN_PER_UNIT = 2
LARGEST_PAGE = 20
"""The most accounts that Organizations lists at once."""

APPROVED = "eu-south-1"
_RECORDED = json.loads(
    (Path(__file__).parents[1] / "tests" / "recordings" / "aws-2026-09.json").read_text(encoding="utf-8")
)
DEFAULT_REGIONS: list[str] = _RECORDED["regions_live_2026_09_11"]["default"]
OPT_IN_REGIONS: list[str] = _RECORDED["regions_live_2026_09_11"]["opt_in"]
"""All 34 Regions, as they were recorded."""

_STATUS_BY_DIVISOR = (
    (5, APPROVED, "ENABLED"),
    (7, "ap-east-1", "ENABLED"),
    (11, "me-south-1", "DISABLING"),
    (13, "af-south-1", "ENABLING"),
)


@dataclass(frozen=True, slots=True)
class Unit:
    """The root or an organizational unit. ``path`` is its place as Organizations writes it."""

    id: str
    name: str
    path: str


def token_version(account: int) -> int:
    """Return 2 for every fourth account, else 1."""
    return 1 if account % 4 else 2


def in_use_or_about_to_be(account: int) -> dict[str, str]:
    """Return the opt-in Regions of an account that are not DISABLED."""
    return {region: status for divisor, region, status in _STATUS_BY_DIVISOR if account % divisor == 0}


def opt_statuses(account: int) -> dict[str, str]:
    """Return the opt status of every Region of an account, by name, in the order of the names."""
    by_region = {
        **dict.fromkeys(DEFAULT_REGIONS, "ENABLED_BY_DEFAULT"),
        **dict.fromkeys(OPT_IN_REGIONS, "DISABLED"),
        **in_use_or_about_to_be(account),
    }
    return dict(sorted(by_region.items()))


@dataclass(frozen=True, slots=True)
class Organization:
    """``size`` open accounts with ids in a row, the management account first, spread over the units in turn."""

    size: int

    @property
    def accounts(self) -> range:
        """Return the ids of all accounts."""
        return range(MANAGEMENT, MANAGEMENT + self.size)

    def unit_of(self, account: int) -> Unit:
        """Return where an account stands: the management account in the root, the others in one of the units."""
        return UNITS[0] if account == MANAGEMENT else UNITS[1 + account % (len(UNITS) - 1)]

    def with_version_1(self) -> frozenset[str]:
        """Return the accounts whose global endpoint issues tokens of version 1."""
        return frozenset(str(account) for account in self.accounts if token_version(account) == 1)

    def with_unapproved_regions(self) -> frozenset[str]:
        """Return the accounts with an opt-in Region in use, or about to be, that is not ``APPROVED``."""
        return frozenset(
            str(account) for account in self.accounts if in_use_or_about_to_be(account).keys() - {APPROVED}
        )


def children_of(unit_id: str) -> list[Unit]:
    """Return the units right below the root or a unit."""
    above = next(unit for unit in UNITS if unit.id == unit_id)
    depth = above.path.count("/") + 1
    return [unit for unit in UNITS if unit.path.startswith(above.path) and unit.path.count("/") == depth]


def _units() -> Iterator[Unit]:
    root = f"{ORGANIZATION_ID}/{ROOT_ID}/"
    yield Unit(ROOT_ID, "Root", root)
    for top in range(1, TOP_UNITS + 1):
        unit_id = f"ou-b001-{top:04}0000"
        yield Unit(unit_id, f"Division {top}", f"{root}{unit_id}/")
        for below in range(1, CHILDREN_PER_UNIT + 1):
            child_id = f"ou-b001-{top:04}{below:04}"
            yield Unit(child_id, f"Team {top}.{below}", f"{root}{unit_id}/{child_id}/")


UNITS = tuple(_units())
"""The root and 24 organizational units."""
