"""Collect: read many accounts at once, each behind its own boundary, as long as there is time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .domain.facts import AccountFacts, NotTried, Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .domain.accounts import Account
    from .domain.facts import FactKind
    from .domain.ports import FactReader

_LEFT_OUT = NotTried("no probe read it")
"""Stands for a needed fact that the reader's answer does not hold, so that it never counts as read."""

OUT_OF_TIME = NotTried("the run's time was up")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast and how long to read: ``workers`` accounts at once, and no new one once ``time_is_up``."""

    workers: int
    time_is_up: Callable[[], bool] = lambda: False


def collect(
    accounts: Iterable[Account],
    reader: FactReader,
    needed: frozenset[FactKind],
    pace: Pace,
    done: Callable[[Account, AccountFacts], None],
) -> dict[Account, AccountFacts]:
    """Read every account and return what was read of each, in the order given.

    Accounts whose turn comes when the time is up are not tried. ``done`` is called once for every account,
    in the calling thread.
    """
    found: dict[Account, AccountFacts] = {}
    pool = ThreadPoolExecutor(max_workers=pace.workers, thread_name_prefix="account")
    try:
        readings = [(account, pool.submit(_read_one, account, reader, needed, pace)) for account in accounts]
        for account, reading in readings:
            found[account] = reading.result()
            done(account, found[account])
    finally:
        # After Ctrl-C the accounts that still wait are dropped; calls under way end by their time-outs.
        pool.shutdown(cancel_futures=True)
    return found


def _read_one(account: Account, reader: FactReader, needed: frozenset[FactKind], pace: Pace) -> AccountFacts:
    if pace.time_is_up():
        return AccountFacts(dict.fromkeys(needed, OUT_OF_TIME))
    try:
        return AccountFacts({**dict.fromkeys(needed, _LEFT_OUT), **reader.read(account).readings})
    except Exception as defect:  # noqa: BLE001  # the per-account boundary: one account's failure is its own
        failure = Unread("regionproof:ReadAccount", type(defect).__name__, str(defect))
        return AccountFacts(dict.fromkeys(needed, failure))
