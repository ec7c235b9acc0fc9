"""Collect: read many accounts at once, each behind its own boundary."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from .domain.facts import AccountFacts, NotTried, Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .domain.accounts import Account
    from .domain.facts import FactKind
    from .domain.ports import FactReader

_LEFT_OUT = NotTried("no probe read it")
"""Stands for a needed fact that the reader's answer does not hold, so that it never counts as read."""


def collect(
    accounts: Iterable[Account],
    reader: FactReader,
    needed: frozenset[FactKind],
    workers: int,
    done: Callable[[Account, AccountFacts], None],
) -> dict[Account, AccountFacts]:
    """Read every account, ``workers`` at once, and return what was read of each, in the order given.

    ``done`` is called once for every account, in the calling thread.
    """
    found: dict[Account, AccountFacts] = {}
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="account")
    try:
        readings = [(account, pool.submit(_read_one, account, reader, needed)) for account in accounts]
        for account, reading in readings:
            found[account] = reading.result()
            done(account, found[account])
    finally:
        # After Ctrl-C the accounts that still wait are dropped; calls under way end by their time-outs.
        pool.shutdown(cancel_futures=True)
    return found


def _read_one(account: Account, reader: FactReader, needed: frozenset[FactKind]) -> AccountFacts:
    try:
        return AccountFacts({**dict.fromkeys(needed, _LEFT_OUT), **reader.read(account).readings})
    except Exception as defect:  # noqa: BLE001  # the per-account boundary: one account's failure is its own
        failure = Unread("regionproof:ReadAccount", type(defect).__name__, str(defect))
        return AccountFacts(dict.fromkeys(needed, failure))
