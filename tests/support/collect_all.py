"""A whole collection of accounts, as tests want it: added, read, finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.audit.collect import ReadLimits, open_read_pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import AccountFacts, FactKind
    from regionproof.domain.ports import FactReader


def collect(
    accounts: Iterable[Account],
    reader: FactReader,
    needed: frozenset[FactKind],
    pace: ReadLimits,
    done: Callable[[Account, AccountFacts], None],
) -> dict[Account, AccountFacts]:
    """Add all accounts at once, and return what was read of each."""
    with open_read_pool(reader, needed, pace, done) as opened:
        for account in accounts:
            opened.add(account)
        return opened.finish()
