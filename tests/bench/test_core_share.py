"""A part of a core is what Lambda gives for the memory, and the machine's control groups are left as they were."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from bench.core_share import MEMBERS, NoShare, held_to, share_of_a_core

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("memory_mib", "share"), [(512, 0.289), (1769, 1), (3538, 1)])
def test_computing_time_goes_with_the_memory(memory_mib: int, share: float) -> None:
    """Up to one core, as an audit uses one."""
    assert share_of_a_core(memory_mib) == pytest.approx(share, abs=0.001)


class _Groups:
    """Files in place of the kernel's. The kernel's vanish with their group, so these are removed first."""

    def __init__(self, root: Path, *, first_version: bool) -> None:
        self.root = root
        self.parent = root / "cpu" if first_version else root
        self.parent.mkdir(exist_ok=True)

    def limits(self) -> dict[str, str]:
        """Return what was written into the one group, and remove the files."""
        (group,) = (path for path in self.parent.iterdir() if path.is_dir())
        found = {file.name: file.read_text() for file in group.iterdir()}
        for file in group.iterdir():
            file.unlink()
        return found


@pytest.mark.parametrize(
    ("first_version", "limits"),
    [
        (True, {"cpu.cfs_period_us": "20000", "cpu.cfs_quota_us": "5000"}),
        (False, {"cpu.max": "5000 20000"}),
    ],
)
def test_a_group_is_limited_in_both_versions(tmp_path: Path, first_version: bool, limits: dict[str, str]) -> None:  # noqa: FBT001  # a parameter of the test
    """And it is gone afterwards."""
    groups = _Groups(tmp_path, first_version=first_version)
    with held_to(0.25, tmp_path) as members:
        assert members.name == MEMBERS
        assert members.parent.parent == groups.parent
        assert groups.limits() == limits
    assert not list(groups.parent.iterdir())


def test_a_machine_without_control_groups_says_so(tmp_path: Path) -> None:
    """In one sentence, with what to do."""
    with pytest.raises(NoShare, match="made by root"), held_to(0.25, tmp_path / "none"):
        pass


def test_a_limit_that_is_refused_leaves_no_group(tmp_path: Path) -> None:
    """A folder in the place of the file refuses it; the kernel refuses a quota below a millisecond."""
    group = tmp_path / f"regionproof-bench-{os.getpid()}"
    group.mkdir()
    with pytest.raises(NoShare, match="exists"), held_to(0.25, tmp_path):
        pass
    assert not group.exists()


def test_what_still_runs_in_a_group_is_ended_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A figure is never lost to a group that the kernel still holds; anyone who ran it is told."""
    with subprocess.Popen(["sleep", "60"]) as omitted:  # noqa: S607  # a program of every Linux
        with held_to(0.25, tmp_path) as members:
            members.write_text(str(omitted.pid), encoding="ascii")
        assert omitted.wait(timeout=10) == -signal.SIGKILL
    assert "is still there" in capsys.readouterr().err
