"""The part of a core that Lambda gives a function, by a control group of Linux.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html (one core at 1,769 MB, in proportion below)
https://docs.kernel.org/scheduler/sched-bwc.html
https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB_OF_ONE_CORE = 1769
PERIOD_MICROSECONDS = 20_000
GROUPS = Path("/sys/fs/cgroup")
MEMBERS = "cgroup.procs"
"""The file of a group that takes and tells the process ids of its members, in both versions of control groups."""

TRIES_TO_REMOVE = 50
SECONDS_BETWEEN_TRIES = 0.1


class NoShare(Exception):
    """The machine gives no part of a core. ``str()`` is one sentence that names the fix."""


def share_of_a_core(memory_mib: int) -> float:
    """Return the part of a core that goes with the memory, up to 1."""
    return min(1.0, memory_mib / MIB_OF_ONE_CORE)


@contextmanager
def held_to(share: float, groups: Path = GROUPS) -> Iterator[Path]:
    """Make a control group for the block, and yield the file to which its members write their process id.

    They may compute for ``share`` of every 20 ms, all together; those that are left at the end are killed. Raises
    ``NoShare``.
    """
    quota = int(share * PERIOD_MICROSECONDS)
    first_version = groups / "cpu"
    limits = {"cpu.max": f"{quota} {PERIOD_MICROSECONDS}"}
    if first_version.is_dir():
        limits = {"cpu.cfs_period_us": str(PERIOD_MICROSECONDS), "cpu.cfs_quota_us": str(quota)}
    group = (first_version if first_version.is_dir() else groups) / f"regionproof-bench-{os.getpid()}"
    try:
        try:
            group.mkdir()
            for name, limit in limits.items():
                (group / name).write_text(limit, encoding="ascii")
        except OSError as cause:
            said = f"a part of a core needs a control group of Linux with the cpu controller, made by root ({cause})"
            raise NoShare(said) from cause
        yield group / MEMBERS
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    """Remove a group with all its members. The kernel needs a moment after the last one; it is told where it stays."""
    for _ in range(TRIES_TO_REMOVE):
        if not group.exists():
            return
        try:
            group.rmdir()
        except OSError:
            _kill_members(group / MEMBERS)
            time.sleep(SECONDS_BETWEEN_TRIES)
    sys.stderr.write(f"the control group {group} is still there\n")


def _kill_members(members: Path) -> None:
    for process in members.read_text(encoding="ascii").split() if members.exists() else ():
        with suppress(ProcessLookupError):
            os.kill(int(process), signal.SIGKILL)
