"""Collect: read many accounts at once until time runs out. A failure in one account does not affect the others.

Accounts can be added while the organization is still being listed, so reading need not wait for the last page.
"""

from __future__ import annotations

import heapq
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING

from regionproof.domain.facts import OUT_OF_TIME, AccountFacts, NotTried, ReadFailure
from regionproof.domain.untrusted_text import MESSAGE_LENGTH, shorten, without_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import FactKind
    from regionproof.domain.ports import FactReader

    OnRead = Callable[[Account, AccountFacts], None]
    Redact = Callable[[str], str]

_NO_PROBE = NotTried("no probe read it")
"""Replaces a needed fact that the reader did not return. Otherwise the fact would count as read."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How fast and how long to read: ``workers`` accounts at once, and no further account after ``time_is_up``.

    ``time_is_up`` is called with the number of accounts added so far. ``redact`` removes credentials from the message
    of a defect.
    """

    workers: int
    time_is_up: Callable[[int], bool] = lambda _added: False
    redact: Redact = without_credentials


class ReadPool:
    """Reads the added accounts, lowest rank first. Call ``add`` and ``finish`` from the same thread."""

    def __init__(self, pool: ThreadPoolExecutor, read: Callable[[Account, int], AccountFacts], on_read: OnRead) -> None:
        self._pool = pool
        self._read = read
        self._on_read = on_read
        self._waiting: list[tuple[float, int, Account]] = []
        self._lock = threading.Lock()
        self._results: SimpleQueue[tuple[Account, AccountFacts]] = SimpleQueue()
        self._facts: dict[Account, AccountFacts] = {}
        self._added = self._taken = 0

    def add(self, account: Account, rank: float = 0) -> None:
        """Queue an account for reading. Add each account only once."""
        self._added += 1
        with self._lock:
            heapq.heappush(self._waiting, (rank, self._added, account))
        self._pool.submit(self._read_next)
        while not self._results.empty():
            self._take()

    def finish(self) -> dict[Account, AccountFacts]:
        """Wait for every account, and return the facts of each, ordered by account id.

        Calls ``on_read`` once for every account, in this thread, here or in ``add``.
        """
        while self._taken < self._added:
            self._take()
        return dict(sorted(self._facts.items(), key=lambda item: item[0].id))

    def _take(self) -> None:
        """Wait for the facts of one account."""
        account, facts = self._results.get()
        self._taken += 1
        self._facts[account] = facts
        self._on_read(account, facts)

    def _read_next(self) -> None:
        with self._lock:
            _, _, account = heapq.heappop(self._waiting)
        self._results.put((account, self._read(account, self._added)))


@contextmanager
def open_read_pool(
    reader: FactReader, needed: frozenset[FactKind], limits: ReadLimits, on_read: OnRead
) -> Iterator[ReadPool]:
    """Open a pool that reads accounts. Accounts whose turn comes after the time is up are not tried."""

    def read(account: Account, added: int) -> AccountFacts:
        if limits.time_is_up(added):
            return AccountFacts(dict.fromkeys(needed, OUT_OF_TIME))
        return _read_one(account, reader, needed, limits.redact)

    pool = ThreadPoolExecutor(max_workers=limits.workers, thread_name_prefix="account")
    try:
        yield ReadPool(pool, read, on_read)
    finally:
        # After Ctrl-C, drop the accounts that still wait. Calls in progress end at their time-outs.
        pool.shutdown(cancel_futures=True)


def _read_one(account: Account, reader: FactReader, needed: frozenset[FactKind], redact: Redact) -> AccountFacts:
    try:
        read = reader.read(account)
        return replace(read, results={**dict.fromkeys(needed, _NO_PROBE), **read.results})
    except Exception as defect:  # noqa: BLE001  # an error in one account must not stop the others
        message = shorten(redact(str(defect)), MESSAGE_LENGTH)
        failure = ReadFailure("regionproof:ReadAccount", type(defect).__name__, message)
        return AccountFacts(dict.fromkeys(needed, failure))
