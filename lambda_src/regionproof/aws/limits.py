"""Limits of calls to AWS: how long each may take, how often it is made, and how large an answer may be."""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of every client. Times are in seconds, sizes in bytes.

    Attributes:
        connect_seconds: for a connection, TLS included
        read_seconds: of silence while a response is read
        exchange_seconds: for one response as a whole, from the request to the last byte
        account_seconds: for all reads of one account, without waits for a rate limiter
        patient_seconds: for the attempts of a call that the whole run depends on, if the run has no deadline
        attempts: of a call that fails for another reason than throttling
        answer_bytes: of one response, headers included
        object_bytes: the same for an object in S3
        workers: accounts read at once; a third as many idle connections are kept per client

    ListRegions was seen to take 2.8 seconds (recording ``list_regions_management_first_page``). A page of any call
    that an audit makes has less than 0.5 MiB.
    """

    connect_seconds: float = 10
    read_seconds: float = 15
    exchange_seconds: float = 30
    account_seconds: float = 90
    patient_seconds: float = 150
    attempts: int = 4
    answer_bytes: int = 2 * MIB
    object_bytes: int = 64 * MIB
    workers: int = 32


class TimeLimit:
    """A time in which work must end, on the monotonic clock. ``extend`` adds time that does not count as work."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """Return the time left, negative once the time is up."""
        return self._ends_at - time.monotonic()

    def extend(self, seconds: float) -> None:
        """Move the end by a wait that the work is not to blame for."""
        self._ends_at += seconds


_NO_LIMIT = float("inf")

_account: ContextVar[TimeLimit | None] = ContextVar("account_time_limit", default=None)


@contextmanager
def account_time_limit(seconds: float) -> Iterator[None]:
    """Limit the time of all calls that this thread makes until the end of the block."""
    token = _account.set(TimeLimit(seconds))
    try:
        yield
    finally:
        _account.reset(token)


def seconds_left_for_account() -> float:
    """Return the time left for the account that this thread reads; infinite outside ``account_time_limit``."""
    limit = _account.get()
    return limit.seconds_left if limit else _NO_LIMIT


def extend_account_time(seconds: float) -> None:
    """Give the account that this thread reads the time back that it spent in a rate limiter."""
    if limit := _account.get():
        limit.extend(seconds)


@dataclass(slots=True)
class Exchange:
    """One request and its response: the time and the bytes that are left for it."""

    seconds: float
    bytes_left: int
    _ends_at: float = field(init=False)

    def __post_init__(self) -> None:
        """Start the time."""
        self._ends_at = time.monotonic() + self.seconds

    @property
    def seconds_left(self) -> float:
        """Return the time left, negative once the time is up."""
        return self._ends_at - time.monotonic()


current_exchange: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The exchange that this thread is in: each attempt of a call begins a new one."""
