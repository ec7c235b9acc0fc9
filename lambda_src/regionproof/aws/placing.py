"""Find the place of each account in the tree, while the accounts are still listed."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from regionproof.domain.accounts import Account, OrganizationalUnit

    Parents = tuple[OrganizationalUnit, ...]
    """The way from the root to a unit."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An account with the parents that its path names, and whether AWS gave a path at all."""

    account: Account
    has_path: bool


def placed(
    listed: Iterator[Listed], walk: Callable[[], Iterator[Parents]], account_ids_below: Callable[[str], Iterable[str]]
) -> Iterator[Account]:
    """Yield each account with its place: early if AWS gave a path with it, the others at the end.

    ``walk`` yields the way to every unit; it runs in a thread while accounts are listed. From the first account
    without a path on, that thread goes on to ask for the ids of the accounts below each unit. So each operation is
    called by one thread: Organizations was seen to refuse overlapping calls of one.
    """
    stopped = threading.Event()
    with ThreadPoolExecutor(1, "tree") as pool:
        try:
            tree = pool.submit(lambda: {way[-1].id: way for way in _until(stopped, walk())})
            yield from _placed_by(tree, listed, lambda: pool.submit(_places, tree, account_ids_below, stopped))
        finally:
            stopped.set()


def _placed_by(
    tree: Future[dict[str, Parents]],
    listed: Iterator[Listed],
    look_for_places: Callable[[], Future[dict[str, Parents]]],
) -> Iterator[Account]:
    places: Future[dict[str, Parents]] | None = None
    waiting: list[Account] = []
    without_path: list[Account] = []
    for one in listed:
        (waiting if one.has_path else without_path).append(one.account)
        if without_path and not places:
            places = look_for_places()
        if tree.done():
            yield from _with_names(waiting, tree.result())
            waiting.clear()
    yield from _with_names(waiting, tree.result())
    if places:
        found = places.result()
        yield from (replace(account, parents=found.get(account.id, ())) for account in without_path)


def _places(
    tree: Future[dict[str, Parents]], account_ids_below: Callable[[str], Iterable[str]], stopped: threading.Event
) -> dict[str, Parents]:
    """Return the way to each account, by its id."""
    ways = _until(stopped, tree.result().values())
    return {account_id: way for way in ways for account_id in account_ids_below(way[-1].id)}


def _with_names(accounts: Iterable[Account], tree: Mapping[str, Parents]) -> Iterator[Account]:
    """Yield accounts with their parents as the tree shows them; with none if it does not show the nearest one."""
    return (replace(account, parents=tree.get(_nearest(account.parents), ())) for account in accounts)


def _nearest(parents: Parents) -> str:
    return parents[-1].id if parents else ""


def _until(stopped: threading.Event, ways: Iterable[Parents]) -> Iterator[Parents]:
    """Yield units until no one wants to know any more."""
    return itertools.takewhile(lambda _way: not stopped.is_set(), ways)
