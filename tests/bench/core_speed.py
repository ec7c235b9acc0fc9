"""How fast a core is while something runs on it: what else a shared machine does can halve its speed."""

from __future__ import annotations

import os
import statistics
import threading
import time
from typing import Self

SECONDS_BETWEEN_SAMPLES = 2
_ENTRIES = 997
_STEPS = 30_000


class CoreSpeed:
    """Milliseconds of computing that a fixed piece of work takes on one core, now and then during the block."""

    def __init__(self, core: int) -> None:
        self._core = core
        self._samples: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        """Begin to sample."""
        self._thread.start()
        return self

    def __exit__(self, *_of_the_failure: object) -> None:
        """Stop."""
        self._over.set()
        self._thread.join()

    @property
    def reference_ms(self) -> float:
        """Return the mean. It has one sample at least, once the block has ended."""
        return statistics.fmean(self._samples)

    def _sample(self) -> None:
        # On Linux this moves the calling thread only.
        os.sched_setaffinity(0, {self._core})
        while True:
            self._samples.append(_ms_of_the_work())
            if self._over.wait(SECONDS_BETWEEN_SAMPLES):
                return


def _ms_of_the_work() -> float:
    started = time.thread_time()
    entries: dict[int, str] = {}
    for step in range(_STEPS):
        entries[step % _ENTRIES] = f"k{step % _ENTRIES}".upper()
    return (time.thread_time() - started) * 1000
