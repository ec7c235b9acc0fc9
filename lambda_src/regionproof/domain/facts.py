"""What was read of an account: facts, or why a fact could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class OptStatus(StrEnum):
    """Opt status of a Region in an account.

    https://docs.aws.amazon.com/accounts/latest/reference/API_Region.html
    """

    ENABLED_BY_DEFAULT = "ENABLED_BY_DEFAULT"
    ENABLED = "ENABLED"
    ENABLING = "ENABLING"
    DISABLING = "DISABLING"
    DISABLED = "DISABLED"


IN_USE = frozenset({OptStatus.ENABLED, OptStatus.DISABLING})
"""A Region being disabled still takes calls (recording ``identity_in_a_region_being_disabled``)."""

IN_USE_OR_ABOUT_TO_BE = IN_USE | {OptStatus.ENABLING}


class Fact:
    """One kind of thing that a probe reads of an account. Its subclasses are frozen records."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class TokenVersion(Fact):
    """The version of the session tokens that the global STS endpoint gives an account: 1 or 2."""

    version: int


@dataclass(frozen=True)
class RegionOptStatuses(Fact):
    """Opt status of every Region that the account sees, by Region name. Thousands of accounts may share one record."""

    by_region: Mapping[str, OptStatus]

    @cached_property
    def opt_in(self) -> Mapping[str, OptStatus]:
        """Return the opt-in Regions with their status, in the order of their names."""
        return {
            region: status
            for region, status in sorted(self.by_region.items())
            if status is not OptStatus.ENABLED_BY_DEFAULT
        }

    @cached_property
    def in_use_or_about_to_be(self) -> tuple[str, ...]:
        """Return the names of the opt-in Regions that are in use or about to be."""
        return tuple(region for region, status in self.opt_in.items() if status in IN_USE_OR_ABOUT_TO_BE)


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """A fact that could not be read: the call that failed (``service:Operation``), its code and message.

    The message is untrusted text.
    """

    call: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class NotTried:
    """A fact that this run did not try to read, and why, as a clause: ``the run's time was up``."""

    reason: str


OUT_OF_TIME = NotTried("the run's time was up")
_NOT_NEEDED = NotTried("no enabled rule needs it")

FactKind: TypeAlias = type[Fact]
FactResult: TypeAlias = Fact | ReadFailure | NotTried
F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """All that a run read of one account, by the kind of fact.

    ``denied`` has the reads that the account denied to the audit's session, after which the audit asked centrally.
    ``results`` then has what came of asking centrally.
    """

    results: Mapping[FactKind, FactResult] = field(default_factory=dict)
    denied: Mapping[FactKind, ReadFailure] = field(default_factory=dict)

    def result(self, kind: type[F]) -> F | ReadFailure | NotTried:
        """Return the fact, or why there is none."""
        found = self.results.get(kind, _NOT_NEEDED)
        if isinstance(found, (kind, ReadFailure, NotTried)):
            return found
        raise TypeError(f"{kind.__name__} was asked for, and {found!r} was filed under it")

    def get(self, kind: type[F]) -> F | None:
        """Return the fact where it was read, else None."""
        found = self.result(kind)
        return found if isinstance(found, kind) else None

    @property
    def read_failures(self) -> tuple[ReadFailure, ...]:
        """Return every failed read, each once: first those in the account, then those that failed centrally too."""
        return (*self.unread_in_account, *self.unread_centrally)

    @property
    def unread_in_account(self) -> tuple[ReadFailure, ...]:
        """Return every failed read, each once; of a fact that was also asked for centrally, the account's denial."""
        failed = ((kind, reading) for kind, reading in self.results.items() if isinstance(reading, ReadFailure))
        return tuple(dict.fromkeys(self.denied.get(kind, reading) for kind, reading in failed))

    @property
    def unread_centrally(self) -> tuple[ReadFailure, ...]:
        """Return the failed reads that were asked centrally after a denial in the account, each once."""
        asked = (self.results.get(kind) for kind in self.denied)
        return tuple(dict.fromkeys(reading for reading in asked if isinstance(reading, ReadFailure)))

    @property
    def read_centrally(self) -> tuple[ReadFailure, ...]:
        """Return the denials in the account in whose place a central answer stands, each once."""
        answered = (denial for kind, denial in self.denied.items() if isinstance(self.results.get(kind), kind))
        return tuple(dict.fromkeys(answered))

    @property
    def not_tried(self) -> tuple[NotTried, ...]:
        """Return why facts were not tried, each reason once."""
        return tuple(dict.fromkeys(r for r in self.results.values() if isinstance(r, NotTried)))

    @property
    def complete(self) -> bool:
        """Return whether every fact that was wanted was read."""
        return not self.read_failures and not self.not_tried


def uses_opt_in_region(facts: AccountFacts | None, last_known: bool | None) -> bool | None:  # noqa: FBT001  # one of three states
    """Return whether an account uses an opt-in Region or is about to: as read in this run, else as last known.

    None: no run has read it.
    """
    statuses = facts.get(RegionOptStatuses) if facts else None
    return bool(statuses.in_use_or_about_to_be) if statuses else last_known


def any_opt_in_region_in_use(accounts: Iterable[bool | None]) -> bool | None:
    """Return whether any account uses an opt-in Region; None if none is known to and at least one is unknown."""
    found = set(accounts)
    return True if True in found else None if None in found else False
