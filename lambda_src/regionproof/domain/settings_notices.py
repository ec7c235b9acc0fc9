"""Entries of the settings that do nothing, as a run finds them once it knows the organization."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NoticeKind(StrEnum):
    """Why an entry does nothing. UNCHECKED: nobody could see whether it does."""

    UNKNOWN = "UNKNOWN"
    LEFT = "LEFT"
    ENDED = "ENDED"
    UNCHECKED = "UNCHECKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsNotice:
    """One entry of the settings that does nothing.

    Attributes:
        kind: why it does nothing
        named: the id that the entry names
        path: the place in the settings: ``exemptions[0].account``
        line: the line of the settings file, from 1; None if it is not known
        reason: a clause for a person, in which every word is ours or a checked id
        key: what identifies the entry from run to run, wherever it stands in a list
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
        """Return whether it was seen that the entry does nothing."""
        return self.kind is not NoticeKind.UNCHECKED

    @property
    def place(self) -> str:
        """Return ``line 12, exemptions[0].account``."""
        return f"line {self.line}, {self.path}" if self.line else self.path
