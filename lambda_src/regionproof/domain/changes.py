"""What a run has to tell people: the changes since they were last told, and what is still open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .findings import Finding
    from .settings_notices import SettingsNotice


class ChangeKind(StrEnum):
    """Kinds of change, in the order in which an alert tells them. The value is the heading."""

    LEDGER_SET_ASIDE = "The memory of earlier runs was set aside"
    NOT_TRIED = "Not tried in this run"
    NEWLY_NONCOMPLIANT = "Newly noncompliant"
    NOT_AUDITABLE = "Could not be audited"
    SEVERITY_CHANGED = "Severity changed"
    EXEMPTION_ENDING = "Exemption about to end"
    SETTING_IDLE = "Named in the settings, but without effect"
    FIXED = "No longer noncompliant"
    AUDITABLE_AGAIN = "Auditable again"
    JOINED = "Joined the organization"
    LEFT = "Left the organization or was closed"
    OUT_OF_SCOPE = "No longer in scope"
    RULE_OFF = "No longer checked"
    ORPHANED = "Left over from before the memory of this audit"
    STILL_OPEN = "Still open"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``finding`` is the one that changed; an account that joins or leaves has none.

    ``account_id`` and ``account_name`` are empty where the change is the whole run's. ``account_name`` and
    ``detail``, one or more sentences, are untrusted text. ``rule`` is the rule that a change without a finding is
    about; empty if it is about none. ``setting`` is the entry of the settings that a change is about.
    """

    kind: ChangeKind
    account_id: str
    account_name: str
    detail: str
    finding: Finding | None = None
    rule: str = ""
    setting: SettingsNotice | None = None

    @property
    def key(self) -> str:
        """Return what tells this change apart from the others of its run."""
        if self.setting:
            return f"{self.kind.name}/{self.setting.key}"
        return self.finding.id if self.finding else f"{self.kind.name}/{self.account_id or self.rule}"
