"""What a process took of the machine, as Linux tells it."""

from __future__ import annotations

import resource
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .meanwhile import meanwhile

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@dataclass(slots=True)
class ChildrensPeak:
    """The most memory that all processes below this one held together, shared pages counted once."""

    mib: float = 0.0

    def sample(self) -> None:
        """Look once."""
        self.mib = max(self.mib, sum(map(_share_mib, descendants())))


@contextmanager
def childrens_peak() -> Iterator[ChildrensPeak]:
    """Look now and then during the block."""
    peak = ChildrensPeak()
    with meanwhile(peak.sample, SECONDS_BETWEEN_SAMPLES):
        yield peak


def descendants() -> list[int]:
    """Return the ids of all processes below this one."""
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
