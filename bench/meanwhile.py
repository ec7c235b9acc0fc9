"""Something to do now and then, beside what runs in a block."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def meanwhile(do: Callable[[], None], seconds: float, *, at_once: bool = False) -> Iterator[None]:
    """Do it in its own thread, again after each so many seconds until the block ends; ``at_once`` also first."""
    over = threading.Event()

    def repeat() -> None:
        if at_once:
            do()
        while not over.wait(seconds):
            do()

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
