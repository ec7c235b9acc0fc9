"""Entries of the settings that have no effect in the organization."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NoticeKind(StrEnum):
    """Why an entry has no effect. UNCHECKED: a run could not check whether it has one."""

    UNKNOWN = "UNKNOWN"
    LEFT = "LEFT"
    ENDED = "ENDED"
    UNCHECKED = "UNCHECKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsNotice:
    """One entry of the settings that has no effect.

    Attributes:
        kind: why it has no effect
        named: the id that the entry names
        path: the place in the settings: ``exemptions[0].account``
        line: the line of the settings file, from 1; None if it is not known
        reason: a clause for people; every word is ours or a checked id
        key: identifies the entry in all runs, regardless of its position in a list
        narrows_scope: whether the audit would leave accounts out because of it
    """

    kind: NoticeKind
    named: str
    path: str
    line: int | None
    reason: str
    key: str
    narrows_scope: bool = False

    @property
    def is_certain(self) -> bool:
        """Return whether the entry certainly has no effect."""
        return self.kind is not NoticeKind.UNCHECKED

    @property
    def place(self) -> str:
        """Return ``line 12, exemptions[0].account``."""
        return f"line {self.line}, {self.path}" if self.line else self.path
