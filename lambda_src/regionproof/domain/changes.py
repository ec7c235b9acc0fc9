"""Changes: the differences from the last alerts, and reminders of open findings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .findings import Finding
    from .settings_notices import SettingsNotice


class ChangeKind(StrEnum):
    """Kinds of change, in the order in which an alert reports them. The value is the heading."""

    LEDGER_SET_ASIDE = "The ledger was reset"
    NOT_TRIED = "Not tried in this run"
    NEWLY_NONCOMPLIANT = "Newly noncompliant"
    NOT_AUDITABLE = "Could not be audited"
    SEVERITY_CHANGED = "Severity changed"
    EXEMPTION_ENDING = "Exemption about to end"
    SETTING_IDLE = "Settings entries without effect"
    FIXED = "No longer noncompliant"
    AUDITABLE_AGAIN = "Auditable again"
    JOINED = "Joined the organization"
    LEFT = "Left the organization or was closed"
    OUT_OF_SCOPE = "No longer in scope"
    RULE_OFF = "Rule switched off"
    ORPHANED = "Old findings archived"
    STILL_OPEN = "Still open"


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes:
        account_id: the account that changed; empty if the change is about the whole organization
        account_name: its name, untrusted text; empty if there is no account
        detail: one or more sentences, untrusted text
        finding: the finding that changed; None for other changes, such as an account that joined
        rule: the rule that a change without a finding is about, if any
        setting: the settings entry that the change is about, if any
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
        """Return a key that is unique among the changes of a run."""
        if self.setting:
            return f"{self.kind.name}/{self.setting.key}"
        return self.finding.id if self.finding else f"{self.kind.name}/{self.account_id or self.rule}"
