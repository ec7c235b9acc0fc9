"""Read a whole list of accounts in one call."""

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
    limits: ReadLimits,
    on_read: Callable[[Account, AccountFacts], None],
) -> dict[Account, AccountFacts]:
    """Add all accounts at once, and return the facts of each."""
    with open_read_pool(reader, needed, limits, on_read) as pool:
        for account in accounts:
            pool.add(account)
        return pool.finish()
