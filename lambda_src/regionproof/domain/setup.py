"""What an audit needs around it, and what was seen of that. Pure: what was seen is read elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from .facts import Unread

if TYPE_CHECKING:
    from .accounts import Account, Organization
    from .report import Identity

Names: TypeAlias = frozenset[str] | Unread
"""Names that were listed, or why they were not."""


class CheckState(StrEnum):
    """How a check ended. What could not be looked at is neither there nor missing."""

    MET = "MET"
    MISSING = "MISSING"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that is needed: ``need`` as a sentence, what was seen of it, and the command that mends it.

    ``stops``: without it no account could be read rightly, so that a run ends before the first one.
    """

    need: str
    state: CheckState
    seen: str = ""
    cure: str = ""
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Entrance:
    """Whether one account could be entered: ``failure`` is None where it could."""

    account: Account
    failure: Unread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was seen around the audit. None: this run did not need to look.

    ``delegated`` are the services that the caller's account administers for the organization.
    """

    identity: Identity
    organization: Organization
    trusted: Names | None = None
    delegated: Names | None = None
    root_features: Names | None = None
    entrances: tuple[Entrance, ...] = ()
    no_sample: bool = False
    security_hub: bool | Unread | None = None

    @property
    def from_management(self) -> bool:
        """Tell whether the audit runs in the management account."""
        return self.identity.account_id == self.organization.management_account_id
