"""What the sample organization must lead to, computed from the two files alone: nothing of the product is used here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
ORGANIZATION_FILE = ROOT / "emulator" / "organization.yaml"
SETTINGS_FILE = ROOT / "demo" / "regionproof.yaml"

Found = set[tuple[str, str]]
"""Pairs of account id and severity."""


@dataclass(frozen=True)
class Expectation:
    """What an audit of the sample organization must say, by its file and that of the settings.

    ``by_root``: members are entered by root sessions, which need no role there.
    """

    organization: dict[str, Any]
    settings: dict[str, Any]
    by_root: bool = False

    @cached_property
    def active(self) -> dict[str, dict[str, Any]]:
        """Return the accounts that are ACTIVE, by id."""
        accounts = self.organization["accounts"]
        return {account["id"]: account for account in accounts if account.get("state", "ACTIVE") == "ACTIVE"}

    @cached_property
    def refused(self) -> set[str]:
        """Return the ids of the ACTIVE accounts that cannot be read."""
        closed = {account_id: account for account_id, account in self.active.items() if account.get("refuses_role")}
        return {one for one, account in closed.items() if not (self.by_root and account["refusal"] == "no-role")}

    @cached_property
    def audited(self) -> set[str]:
        """Return the ids of the ACTIVE accounts that can be read."""
        return set(self.active) - self.refused

    def noncompliant(self) -> dict[str, Found]:
        """Return the open findings by rule: who must be named, and how bad it is."""
        return {
            "STS.1": {(a, self._sts_severity(a)) for a in self.audited if self._at_risk(a) and not self._exempt(a)},
            "Regions.1": {(a, "MEDIUM") for a in self.audited if set(self._enabled(a)) - self._approved(a)},
            "Coverage.1": {(a, "MEDIUM") for a in self.refused},
        }

    def exempt(self) -> set[tuple[str, str]]:
        """Return the pairs of account and rule that someone took on."""
        return {(entry["account"], entry["rule"]) for entry in self.settings.get("exemptions", [])}

    def _at_risk(self, account_id: str) -> bool:
        return bool(self.active[account_id]["token_version"] == 1)

    def _sts_severity(self, account_id: str) -> str:
        if self._enabled(account_id):
            return "HIGH"
        return "MEDIUM" if any(self._enabled(other) for other in self.audited) else "LOW"

    def _exempt(self, account_id: str) -> bool:
        return (account_id, "STS.1") in self.exempt()

    def _enabled(self, account_id: str) -> list[str]:
        return list(self.active[account_id].get("opt_in_regions", {}))

    def _approved(self, account_id: str) -> set[str]:
        lists = self.settings["rules"]["Regions.1"]
        if account_id in lists["accounts"]:
            return set(lists["accounts"][account_id])
        path = self.active[account_id]["ou"]
        while path != "Root":
            unit = self.organization["organizational_units"][path]
            if unit in lists["organizational_units"]:
                return set(lists["organizational_units"][unit])
            path = path.rpartition("/")[0]
        return set(lists["approved"])


def expectation(*, by_root: bool = False) -> Expectation:
    """Read both files."""
    yaml = YAML(typ="safe")
    return Expectation(yaml.load(ORGANIZATION_FILE), yaml.load(SETTINGS_FILE), by_root)
