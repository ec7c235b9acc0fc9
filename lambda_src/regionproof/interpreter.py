"""How Python's interpreter runs during audits; see docs/decisions/0014."""

from __future__ import annotations

import gc
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SWITCH_SECONDS = 0.1
"""How long a thread that computes may go on while others want to. Python's own is 0.005.

Each thread that wants to asks again after this time, and of hundreds the asking takes more than the computing. A
worker computes for about a millisecond until it waits for AWS, and that lets the others in anyway.
https://docs.python.org/3/library/sys.html#sys.setswitchinterval
"""

OBJECTS_UNTIL_COLLECTION = 20_000
"""Python's own is 700, or 2,000 from 3.13 on: fewer than the requests under way hold, which it so looks through often.

https://docs.python.org/3/library/gc.html#gc.set_threshold
"""


@dataclass(slots=True)
class _Process:
    """The interpreter's settings: changed by the first audit under way, put back by the last one."""

    audits: int = 0
    switch_seconds: float = 0
    thresholds: tuple[int, int, int] = (0, 0, 0)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        with self.lock:
            self.audits += 1
            if self.audits == 1:
                self.switch_seconds, self.thresholds = sys.getswitchinterval(), gc.get_threshold()
                sys.setswitchinterval(SWITCH_SECONDS)
                gc.set_threshold(OBJECTS_UNTIL_COLLECTION, *self.thresholds[1:])

    def end(self) -> None:
        with self.lock:
            self.audits -= 1
            if not self.audits:
                sys.setswitchinterval(self.switch_seconds)
                gc.set_threshold(*self.thresholds)


_process = _Process()


@contextmanager
def for_many_accounts() -> Iterator[None]:
    """Let hundreds of threads that mostly wait, and many small records, cost less.

    It holds for the whole process until the last such block ends.
    """
    _process.begin()
    try:
        yield
    finally:
        _process.end()
