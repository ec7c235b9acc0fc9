"""Broken answers at the command line: an exit code of the contract and one sentence, never a traceback."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from regionproof.cli.audit_command import audit_aws, audit_command
from regionproof.cli.preflight_command import look_at_aws, preflight_command
from regionproof.cli.process import run_command_line
from regionproof.cli.terminal import Terminal
from tests.broken_answers.matrix import CELLS, Blast, Cell, Setting, sample

if TYPE_CHECKING:
    from pathlib import Path

    from tests.broken_answers.running import Slot

pytestmark = pytest.mark.network

FAMILIES = frozenset({"error", "page", "document", "spelling", "transport"})
AT_REST = "access: {access}\nmember_role: {{existing: true}}\nrules: {{Regions.1: {{approved: [ap-east-1]}}}}\n"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str


def run(slot: Slot, setting: Setting, folder: Path, command: str) -> Ended:
    """Run a command of the program in this process."""
    access = "root" if setting in {Setting.BY_ROOT, Setting.DELEGATED} else "role"
    settings = folder / "regionproof.yaml"
    settings.write_text(AT_REST.format(access=access), encoding="utf-8")
    answer, messages = io.StringIO(), io.StringIO()
    commands = (audit_command(audit_aws), preflight_command(look_at_aws))
    arguments = [command, "--settings", str(settings), "--profile", slot.profile(setting)]
    status = run_command_line(arguments, commands, Terminal(answer, messages))
    return Ended(status, answer.getvalue(), messages.getvalue())


def cells(*blasts: Blast) -> list[Cell]:
    """Return some cells whose answers the command line meets."""
    wanted = [cell for cell in CELLS if cell.row.blast in blasts and cell.kind.family in FAMILIES]
    return [cell for cell in sample(wanted) if not cell.row.second_run][::3]


def assert_it_is_one_message(ended: Ended) -> None:
    """One message on stderr, and nothing on stdout that looks like a verdict."""
    first, *others = ended.stderr.splitlines()
    assert first.startswith("regionproof: ")
    assert all(line.startswith(" ") for line in others)
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_an_audit_whose_listing_is_broken_ends_with_one_sentence(
    slot: Slot, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Exit code 2; where the right value could be read all the same, the verdict of any audit."""
    for cell in cells(Blast.RUN):
        slot.empty(cell, cell.row.setting)
        with subtests.test(cell=str(cell)), slot.breaking():
            ended = run(slot, cell.row.setting, tmp_path, "audit")
            if ended.status == 1:
                assert cell.kind.may_be_read
                continue
            assert ended.status == 2
            assert_it_is_one_message(ended)


def test_an_audit_shows_the_account_that_was_not_read(slot: Slot, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """Exit code 1, for others are noncompliant: one broken answer stops no audit."""
    for cell in cells(Blast.ACCOUNT):
        slot.empty(cell, cell.row.setting)
        with subtests.test(cell=str(cell)), slot.breaking():
            ended = run(slot, cell.row.setting, tmp_path, "audit")
            assert (ended.status, ended.stderr) == (1, "")
            assert cell.kind.may_be_read or "not read" in ended.stdout


def test_a_preflight_says_what_it_could_not_look_at(slot: Slot, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """Exit code 3 with a table, or 2 with one sentence; 0 or 2 with a table where the answer may be right."""
    for cell in cells(Blast.LOOK, Blast.RUN):
        slot.empty(cell, cell.row.setting)
        with subtests.test(cell=str(cell)), slot.breaking():
            ended = run(slot, cell.row.setting, tmp_path, "preflight")
            assert ended.status in {0, 2, 3}
            assert slot.hits == 0 or cell.kind.may_be_read or ended.status in {2, 3}
            if not ended.stdout:
                assert_it_is_one_message(ended)
            assert bool(ended.stdout) is not bool(ended.stderr)
