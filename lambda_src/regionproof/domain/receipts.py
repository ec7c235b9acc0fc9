"""Receipts: what a publisher delivered, and what it did not and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One item that a destination did not take, with its code and message."""

    item: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a report at one destination: how many items arrived, and each one that did not."""

    destination: str
    delivered: int = 0
    undelivered: tuple[Undelivered, ...] = ()
