"""How many accounts a process can read at once, and how its interpreter runs meanwhile."""

from __future__ import annotations

import gc
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT_SESSIONS_AT_ONCE = 32
"""In the mode ``root`` the pace of central ListRegions, 4 a second, leaves more of them nothing to do but wait."""

_MIB_BEFORE_THE_FIRST = 160
_MIB_FOR_EACH = 0.25
"""Both are more than ``make bench`` sees: 140 MiB with 500 workers, over TLS. The rest is for findings, which come
later."""

_DESCRIPTORS_FOR_THE_REST = 192
_DESCRIPTORS_FOR_EACH = 1.6
"""A worker holds one connection at a time, and leaves idle ones behind in the pools of other clients: 1.5 in all
in ``make bench``. If they run out, a connection is not made, and the call is retried."""


def accounts_at_once(wanted: int, *, memory_mib: int | None, descriptors: int, by_root: bool) -> int:
    """Return how many accounts to read at once: the configured number, or fewer if the process cannot support it.

    ``memory_mib`` None: not limited. ``descriptors`` is how many files and connections the process may have
    open; Lambda allows 1,024. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    bounds = [wanted, int((descriptors - _DESCRIPTORS_FOR_THE_REST) / _DESCRIPTORS_FOR_EACH)]
    if memory_mib is not None:
        bounds.append(int((memory_mib - _MIB_BEFORE_THE_FIRST) / _MIB_FOR_EACH))
    if by_root:
        bounds.append(ROOT_SESSIONS_AT_ONCE)
    return max(1, min(bounds))


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
def tuned_for_many_threads() -> Iterator[None]:
    """Let hundreds of threads that mostly wait, and many small records, cost less.

    It holds for the whole process until the last such block ends.
    """
    _process.begin()
    try:
        yield
    finally:
        _process.end()
