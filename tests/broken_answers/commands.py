"""The program's commands, run in this process against a world, and what must hold of how they end."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from regionproof.cli.audit_command import audit_aws, audit_command
from regionproof.cli.preflight_command import inspect_aws, preflight_command
from regionproof.cli.process import run_command_line
from regionproof.cli.terminal import Terminal
from tests.broken_answers.matrix import Blast, Cell, Setting
from tests.broken_answers.running import CELL_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.broken_answers.running import Slot

AUDIT, PREFLIGHT = "audit", "preflight"
_BY_ROOT = frozenset({Setting.BY_ROOT, Setting.DELEGATED})
_SETTINGS = "access: {}\nmember_role: {{existing: true}}\nrules: {{Regions.1: {{approved: [ap-east-1]}}}}\n"


@dataclass(frozen=True)
class Ended:
    """How a command ended. ``escaped`` is what would have ended it with a traceback and exit code 70."""

    status: int
    stdout: str
    stderr: str
    seconds: float
    escaped: Exception | None = None


@dataclass(frozen=True)
class Commands:
    """The commands, with settings files in a folder."""

    folder: Path

    def write_settings(self) -> None:
        """Write a settings file for each way into accounts."""
        for access in ("role", "root"):
            (self.folder / f"{access}.yaml").write_text(_SETTINGS.format(access), encoding="utf-8")

    def run(self, slot: Slot, cell: Cell, command: str) -> Ended:
        """Run a command while the answers of a cell are broken."""
        slot.empty(cell, cell.row.setting)
        settings = self.folder / f"{'root' if cell.row.setting in _BY_ROOT else 'role'}.yaml"
        arguments = [command, "--settings", str(settings), "--profile", slot.profile(cell.row.setting)]
        commands = (audit_command(audit_aws), preflight_command(inspect_aws))
        answer, messages, begun = io.StringIO(), io.StringIO(), time.monotonic()
        status, escaped = -1, None
        try:
            with slot.breaking():
                status = run_command_line(arguments, commands, Terminal(answer, messages))
        except Exception as failure:  # noqa: BLE001  # the test says that there is none
            escaped = failure
        return Ended(status, answer.getvalue(), messages.getvalue(), time.monotonic() - begun, escaped)

    def audit(self, slot: Slot, cell: Cell) -> list[str]:
        """Run an audit, and return what does not hold."""
        ended = self.run(slot, cell, AUDIT)
        return [*_of_every_command(ended, slot), *_of_an_audit(ended, cell)]

    def preflight(self, slot: Slot, cell: Cell) -> list[str]:
        """Run a preflight, and return what does not hold."""
        ended = self.run(slot, cell, PREFLIGHT)
        return [*_of_every_command(ended, slot), *_of_a_preflight(ended, cell, was_hit=slot.hits > 0)]


def _of_every_command(ended: Ended, slot: Slot) -> Iterator[str]:
    yield from (f"the matrix itself has a defect: {defect!r}" for defect in slot.defects)
    if ended.escaped is not None:
        yield f"{type(ended.escaped).__name__} would end it with 70: {str(ended.escaped)[:200]!r}"
        return
    if ended.seconds > CELL_SECONDS:
        yield f"it took {ended.seconds:.1f} s"
    if bool(ended.stdout) is bool(ended.stderr):
        yield "it wrote an answer and a message, or neither"
    first, *others = ended.stderr.splitlines() or [""]
    if ended.stderr and not (first.startswith("regionproof: ") and all(line.startswith(" ") for line in others)):
        yield f"it wrote more than one message: {ended.stderr[:200]!r}"
    if "Traceback" in ended.stderr:
        yield "it wrote a traceback"


def _of_an_audit(ended: Ended, cell: Cell) -> Iterator[str]:
    if cell.row.blast is Blast.ACCOUNT:
        if ended.status != 1:
            yield f"it ended with {ended.status}, not with 1 for the other accounts"
        if not cell.kind.may_be_read and "not read" not in ended.stdout:
            yield "it does not say that the account was not read"
    elif ended.status != 2 and not (ended.status == 1 and cell.kind.may_be_read):  # the contract
        yield f"it ended with {ended.status}, not with 2"


def _of_a_preflight(ended: Ended, cell: Cell, *, was_hit: bool) -> Iterator[str]:
    wrong_only = was_hit and not cell.kind.may_be_read
    if ended.status not in ({2, 3} if wrong_only else {0, 2, 3}):
        yield f"it ended with {ended.status}"
