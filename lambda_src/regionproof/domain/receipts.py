"""Receipts: the items that arrived at a destination, and the items that did not, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Destination(StrEnum):
    """The destinations of findings and alerts."""

    SECURITY_HUB = "Security Hub"
    SNS = "SNS"


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One item that a destination did not accept, with the error code and message.

    ``uncertain`` means that it may have arrived: the response was lost, or did not mention the item.
    """

    item: str
    code: str
    message: str
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of publishing to one destination: the ids of the items that arrived, and each item that did not.

    ``omitted`` are items that did not fit; the next run sends them.
    """

    destination: Destination
    arrived: frozenset[str] = frozenset()
    undelivered: tuple[Undelivered, ...] = ()
    omitted: frozenset[str] = frozenset()
