"""Receipts: what a publisher delivered, and what it did not and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Destination(StrEnum):
    """Where reports go."""

    SECURITY_HUB = "Security Hub"
    SNS = "SNS"


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One item that a destination did not take, with its code and message.

    ``uncertain``: nobody knows whether it arrived, because the answer was lost or says nothing.
    """

    item: str
    code: str
    message: str
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a report at one destination: the ids of the items that arrived, and each that did not.

    ``omitted`` are items that found no room, for the next run to send.
    """

    destination: Destination
    arrived: frozenset[str] = frozenset()
    undelivered: tuple[Undelivered, ...] = ()
    omitted: frozenset[str] = frozenset()
