"""How fast a core is while something runs on it: what else a shared machine does can halve its speed."""

from __future__ import annotations

import os
import statistics
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .meanwhile import meanwhile

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_BETWEEN_SAMPLES = 2
_ENTRIES = 997
_STEPS = 30_000


@dataclass(slots=True)
class CoreSpeed:
    """Milliseconds of computing that a fixed piece of work takes on one core."""

    core: int
    samples: list[float] = field(default_factory=list)

    @property
    def reference_ms(self) -> float:
        """Return the mean. It has one sample at least, once the block has ended."""
        return statistics.fmean(self.samples)

    def sample(self) -> None:
        """Do the work once on that core. The calling thread stays there; on Linux the others are not moved."""
        os.sched_setaffinity(0, {self.core})
        self.samples.append(_ms_of_the_work())


@contextmanager
def core_speed(core: int) -> Iterator[CoreSpeed]:
    """Measure the speed of a core, now and then during the block."""
    speed = CoreSpeed(core)
    with meanwhile(speed.sample, SECONDS_BETWEEN_SAMPLES, at_once=True):
        yield speed


def _ms_of_the_work() -> float:
    started = time.thread_time()
    entries: dict[int, str] = {}
    for step in range(_STEPS):
        entries[step % _ENTRIES] = f"k{step % _ENTRIES}".upper()
    return (time.thread_time() - started) * 1000
