"""Pages that are asked for before those who read them want them."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES_AHEAD = 2

P = TypeVar("P")


def prefetch(pages: Iterator[P]) -> Iterator[P]:
    """Yield pages in order, while a thread asks for up to two more, one after the other.

    A page that fails fails here, after those before it. Anyone who stops early waits for the page under way only.
    """
    pool = ThreadPoolExecutor(1, "pages")
    try:
        asked = deque(pool.submit(next, pages, None) for _ in range(PAGES_AHEAD))
        while (page := asked.popleft().result()) is not None:
            asked.append(pool.submit(next, pages, None))
            yield page
    finally:
        pool.shutdown(cancel_futures=True)
