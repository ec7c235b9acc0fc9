"""Collect: read many accounts at once, each behind its own boundary, as long as there is time.

Accounts can be added while the organization is still being listed: reading does not wait for the last page.
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

    Done = Callable[[Account, AccountFacts], None]
    Redact = Callable[[str], str]

_LEFT_OUT = NotTried("no probe read it")
"""Stands for a needed fact that the reader's answer does not hold, so that it never counts as read."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How fast and how long to read: ``workers`` accounts at once, and no new one once ``time_is_up``.

    ``time_is_up`` is asked with the number of accounts that were added so far. ``redact`` returns the words of a
    defect without credentials.
    """

    workers: int
    time_is_up: Callable[[int], bool] = lambda _added: False
    redact: Redact = without_credentials


class ReadPool:
    """Reads the accounts that are added, those with the lowest rank first. For one thread to add and to finish."""

    def __init__(self, pool: ThreadPoolExecutor, read: Callable[[Account, int], AccountFacts], done: Done) -> None:
        self._pool = pool
        self._read = read
        self._done = done
        self._waiting: list[tuple[float, int, Account]] = []
        self._lock = threading.Lock()
        self._read_ones: SimpleQueue[tuple[Account, AccountFacts]] = SimpleQueue()
        self._found: dict[Account, AccountFacts] = {}
        self._added = self._taken = 0

    def add(self, account: Account, rank: float = 0) -> None:
        """Have an account read. It is read once, so add it once."""
        self._added += 1
        with self._lock:
            heapq.heappush(self._waiting, (rank, self._added, account))
        self._pool.submit(self._read_next)
        while not self._read_ones.empty():
            self._take()

    def finish(self) -> dict[Account, AccountFacts]:
        """Wait for every account, and return what was read of each, by account id.

        ``done`` is called once for every account, in this thread, here or while others are added.
        """
        while self._taken < self._added:
            self._take()
        return dict(sorted(self._found.items(), key=lambda item: item[0].id))

    def _take(self) -> None:
        """Wait for one account that was read."""
        account, facts = self._read_ones.get()
        self._taken += 1
        self._found[account] = facts
        self._done(account, facts)

    def _read_next(self) -> None:
        with self._lock:
            _, _, account = heapq.heappop(self._waiting)
        self._read_ones.put((account, self._read(account, self._added)))


@contextmanager
def open_read_pool(reader: FactReader, needed: frozenset[FactKind], pace: ReadLimits, done: Done) -> Iterator[ReadPool]:
    """Open a collection. Accounts whose turn comes when the time is up are not tried."""

    def read(account: Account, added: int) -> AccountFacts:
        if pace.time_is_up(added):
            return AccountFacts(dict.fromkeys(needed, OUT_OF_TIME))
        return _read_one(account, reader, needed, pace.redact)

    pool = ThreadPoolExecutor(max_workers=pace.workers, thread_name_prefix="account")
    try:
        yield ReadPool(pool, read, done)
    finally:
        # After Ctrl-C the accounts that still wait are dropped; calls under way end by their time-outs.
        pool.shutdown(cancel_futures=True)


def _read_one(account: Account, reader: FactReader, needed: frozenset[FactKind], redact: Redact) -> AccountFacts:
    try:
        read = reader.read(account)
        return replace(read, results={**dict.fromkeys(needed, _LEFT_OUT), **read.results})
    except Exception as defect:  # noqa: BLE001  # the per-account boundary: one account's failure is its own
        message = shorten(redact(str(defect)), MESSAGE_LENGTH)
        failure = ReadFailure("regionproof:ReadAccount", type(defect).__name__, message)
        return AccountFacts(dict.fromkeys(needed, failure))
