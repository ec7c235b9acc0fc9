"""A reader of alerts, who has no other source of information."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from regionproof.audit.departures import LEFT_OUT
from regionproof.domain.changes import ChangeKind

from .changing_organization import RULES, id_of

if TYPE_CHECKING:
    from .changing_organization import ChangingWorld
    from .destinations import FakeSecurityHub

OPENED = {"NEWLY_NONCOMPLIANT", "NOT_AUDITABLE", "SEVERITY_CHANGED", "STILL_OPEN"}
CLOSED = {"FIXED", "AUDITABLE_AGAIN"}

Key = tuple[str, str]


@dataclass
class AlertReader:
    """The state that follows from all alerts so far.

    Attributes:
        open: the open findings with their severity
        present: the accounts in the organization
        endings: the announced ends of exemptions
        may_be_repeated: the places of alerts of unknown outcome, which the next alert may report again
        idle_settings: the settings entries that were reported as having no effect
    """

    open: dict[Key, str] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    endings: dict[Key, str] = field(default_factory=dict)
    may_be_repeated: set[str] = field(default_factory=set)
    idle_settings: set[str] = field(default_factory=set)

    def read(self, changes: list[dict[str, Any]]) -> set[str]:
        """Read one alert and return the places of its changes. Fail if it repeats a known state."""
        assert changes, "an alert without changes"
        places = [about(change) for change in changes]
        assert len(places) == len(set(places)), "one alert reports the same place twice"
        for change, place in zip(changes, places, strict=True):
            if not self._is_news(change):
                assert place in self.may_be_repeated, f"reported twice: {change['kind']} {place}"
            self._apply(change)
        return set(places)

    def forget(self, key: Key) -> None:
        """Remove a finding that no alert needs to close."""
        self.open.pop(key, None)

    def _is_news(self, change: dict[str, Any]) -> bool:
        kind, account_id = change["kind"], change["account_id"]
        if kind in {"JOINED", "LEFT"}:
            return (account_id in self.present) is (kind == "LEFT")
        if kind in {"OUT_OF_SCOPE", "SETTING_IDLE"}:
            # An account may have returned to the scope without anything to report.
            return kind == "OUT_OF_SCOPE" or about(change) not in self.idle_settings
        finding = change["finding"]
        known = self.open.get((account_id, finding["rule"]))
        if kind in {"NEWLY_NONCOMPLIANT", "NOT_AUDITABLE"}:
            return known is None
        if kind == "SEVERITY_CHANGED":
            return known not in {None, finding["severity"]}
        if kind == "EXEMPTION_ENDING":
            return bool(self.endings.get((account_id, finding["rule"])) != finding["exempt"]["until"])
        return known is not None

    def _apply(self, change: dict[str, Any]) -> None:
        kind, account_id = ChangeKind[change["kind"]], change["account_id"]
        if kind is ChangeKind.JOINED:
            self.present.add(account_id)
            self._close(account_id if LEFT_OUT in change["detail"] else "")
        elif kind is ChangeKind.SETTING_IDLE:
            self.idle_settings.add(about(change))
        elif kind in {ChangeKind.LEFT, ChangeKind.OUT_OF_SCOPE}:
            self.present -= {account_id} if kind is ChangeKind.LEFT else set()
            self._close(account_id)
        elif kind.name in OPENED:
            self.open[account_id, change["finding"]["rule"]] = change["finding"]["severity"]
        elif kind.name in CLOSED:
            self.forget((account_id, change["finding"]["rule"]))
        elif kind is ChangeKind.EXEMPTION_ENDING:
            self.endings[account_id, change["finding"]["rule"]] = change["finding"]["exempt"]["until"]

    def _close(self, account_id: str) -> None:
        """Take all findings of an account as closed."""
        self.open = {key: severity for key, severity in self.open.items() if key[0] != account_id}


def about(change: dict[str, Any]) -> str:
    """Return the account, finding or settings entry that a change is about."""
    if setting := change["setting"]:
        return entry_of(setting["path"], setting["named"])
    return f"{change['account_id']}/{change['finding']['rule']}" if change["finding"] else change["account_id"]


def entry_of(path: str, named: str) -> str:
    """Return a name for a settings entry that does not depend on its position in a list."""
    return f"{path.partition('[')[0]} {named}"


def assert_reader_knows(reader: AlertReader, world: ChangingWorld, hub: FakeSecurityHub | None) -> None:
    """Compare the state that the alerts reported with the world; also with Security Hub, if given."""
    assert reader.present == world.active
    assert reader.idle_settings == world.idle_settings
    keys = [(account_id, rule) for account_id in world.accounts for rule in RULES]
    for key in keys:
        if key[0] in world.active:
            _assert_reader_knows_finding(key, reader, world, hub)
        else:
            reader.forget(key)
    reader.may_be_repeated &= {"/".join(key) for key in keys if world.status(*key, "unread") == "unread"}


def _assert_reader_knows_finding(
    key: Key, reader: AlertReader, world: ChangingWorld, hub: FakeSecurityHub | None
) -> None:
    known = reader.open.get(key)
    status = world.status(*key, "unread")
    if status == "unread":
        return
    if status != "FAILED" or world.is_exempt(*key):
        assert known is None, f"according to the alerts, {key} is still open"
        return
    assert known, f"no alert reported {key}"
    assert known == world.severity(*key)
    if hub:
        assert known == hub.findings[id_of(*key)]["FindingProviderFields"]["Severity"]["Original"]
