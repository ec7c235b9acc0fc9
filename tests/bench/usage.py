"""What a process took of the machine, as Linux tells it."""

from __future__ import annotations

import resource
import threading
import time
from pathlib import Path
from typing import Self

_KIB = 1024
_MIB = 1024 * 1024
SECONDS_BETWEEN_SAMPLES = 0.5


def own_cpu_seconds() -> float:
    """Return user and system time of this process since it began, the start of the interpreter included."""
    return time.process_time()


def childrens_cpu_seconds() -> float:
    """Return user and system time of the processes that this one started and that have ended, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def own_peak_mib() -> float:
    """Return the most memory that this process held at once. Not ru_maxrss: that begins with the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * _KIB / _MIB


class ChildrensPeak:
    """The most memory that all processes below this one held together, shared pages counted once, by sampling."""

    def __init__(self) -> None:
        self.mib = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        """Begin to sample."""
        self._thread.start()
        return self

    def __exit__(self, *_of_the_failure: object) -> None:
        """Stop."""
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(SECONDS_BETWEEN_SAMPLES):
            self.mib = max(self.mib, sum(map(_share_mib, _descendants())))


def _descendants() -> list[int]:
    found, pending = [], ["self"]
    while pending:
        for task in Path(f"/proc/{pending.pop()}/task").glob("*/children"):
            children = _text(task).split()
            found += children
            pending += children
    return [int(pid) for pid in found]


def _share_mib(pid: int) -> float:
    shares = [line.split()[1] for line in _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines() if "Pss:" in line]
    return int(shares[0]) * _KIB / _MIB if shares else 0.0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return ""  # it ended in the meantime
