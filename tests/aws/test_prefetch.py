"""Pages are asked for ahead: in order, one at a time, not too many, and none for no one."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from regionproof.aws.prefetch import PAGES_AHEAD, prefetch

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Pages:
    """Pages without end that are counted; the one that is ``held`` waits until it may come."""

    held: int | None = None
    fails: int | None = None
    asked: list[int] = field(default_factory=list)
    under_way: threading.Event = field(default_factory=threading.Event)
    may_come: threading.Event = field(default_factory=threading.Event)

    def __iter__(self) -> Iterator[list[int]]:
        """Yield page after page, each with its number."""
        while True:
            number = len(self.asked) + 1
            self.asked.append(number)
            if number == self.fails:
                raise LookupError
            if number == self.held:
                self.under_way.set()
                assert self.may_come.wait(timeout=10)
            yield [number]


def test_every_page_comes_once_in_order() -> None:
    """Also an empty one, which is not an end."""
    assert list(prefetch(iter([[1], [], [2, 3]]))) == [[1], [], [2, 3]]
    assert list(prefetch(iter([]))) == []


def test_no_more_pages_are_asked_for_than_that() -> None:
    """However long no one takes the next one."""
    pages = Pages(held=2 + PAGES_AHEAD)
    taken: Any = prefetch(iter(pages))
    assert next(taken) == [1]
    assert not pages.under_way.wait(timeout=0.2)
    assert next(taken) == [2]
    assert pages.under_way.wait(timeout=10)
    pages.may_come.set()
    taken.close()
    assert pages.asked == [1, 2, 3, 4]


def test_a_page_that_fails_comes_after_those_before_it() -> None:
    """In the thread of anyone who takes them."""
    taken = prefetch(iter(Pages(fails=3)))
    assert [next(taken), next(taken)] == [[1], [2]]
    with pytest.raises(LookupError):
        next(taken)


def test_who_stops_early_waits_for_the_page_under_way_and_no_other_is_asked_for() -> None:
    """As after Ctrl-C, or where the tree cannot be walked."""
    pages = Pages(held=2)
    taken: Any = prefetch(iter(pages))
    assert next(taken) == [1]
    assert pages.under_way.wait(timeout=10)
    threading.Timer(0.2, pages.may_come.set).start()
    taken.close()
    assert pages.asked == [1, 2]
