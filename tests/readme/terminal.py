"""A terminal in its own checkout: commands as README has them, run by bash, by a person who answers questions."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .aws_cli import require_aws

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
BORROWED = (".venv", ".venv-emulator", "node_modules")
"""What ``make setup`` made here; the checkout links to it."""

QUESTION = "(y/n)"
SECONDS = 180


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed to both outputs."""

    status: int
    printed: str


@dataclass
class Terminal:
    """A folder and an environment, which ``export`` changes for the commands that follow."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, command: str, keys: Mapping[str, str], *, until: str = "") -> Ended:
        """Run a command with someone's keys, answer y to its question, and press Ctrl-C once it printed ``until``.

        The CDK asks only in a terminal, so it gets one. The AWS CLI would open a pager there.
        """
        kept = self.folder / ".environment"
        script = f'{command}\nstatus=$?\nenv -0 > "{kept}"\nexit $status'
        ended = self._run(script, {**self.environment, **keys}, until, terminal="cdk " in command)
        if kept.exists():
            self._keep(kept.read_text(encoding="utf-8"), keys)
            kept.unlink()
        return ended

    def _keep(self, dumped: str, keys: Mapping[str, str]) -> None:
        variables = dict(entry.split("=", 1) for entry in dumped.split("\0") if entry)
        self.environment = {name: value for name, value in variables.items() if name not in keys}

    def _run(self, script: str, environment: Mapping[str, str], until: str, *, terminal: bool) -> Ended:
        ours, theirs = pty.openpty() if terminal else os.pipe()
        process = subprocess.Popen(  # noqa: S603  # README's own commands
            ["bash", "-c", script],  # noqa: S607  # that of PATH, as a person's
            cwd=self.folder,
            env=dict(environment),
            stdin=theirs if terminal else subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        try:
            printed = _converse(ours, process, until)
            return Ended(process.wait(SECONDS), printed)
        finally:
            os.close(ours)
            _kill_group(process.pid)
            process.wait()


def _converse(ours: int, process: subprocess.Popen[bytes], until: str) -> str:
    printed, answered, stopped, end = b"", False, False, time.monotonic() + SECONDS
    while content := _read(ours, end, printed):
        printed += content
        if not answered and QUESTION.encode() in printed:
            os.write(ours, b"y\n")
            answered = True
        if until and not stopped and until.encode() in printed:
            os.killpg(process.pid, signal.SIGINT)
            stopped = True
    return printed.decode(errors="replace")


def _read(descriptor: int, end: float, printed: bytes) -> bytes:
    waiting = select.poll()  # select() takes no descriptor above 1,023
    waiting.register(descriptor, select.POLLIN)
    ready = waiting.poll(max(0, end - time.monotonic()) * 1000)
    assert ready, f"not done after {SECONDS} seconds: {printed.decode(errors='replace')[-2000:]}"
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other end of a pseudo-terminal is closed
        return b""


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return  # no one is left in it


@contextmanager
def checkout(folder: Path, environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Copy this checkout as Git would, link to what is installed, and open a terminal with the AWS CLI version 2."""
    made = folder / "regionproof"
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()]
    shutil.copytree(ROOT, made, ignore=shutil.ignore_patterns(".git", *ignored))
    for name in BORROWED:
        (made / name).symlink_to(ROOT / name)
    (folder / "home").mkdir()
    path = os.pathsep.join((str(require_aws().parent), str(made / ".venv" / "bin"), os.environ["PATH"]))
    yield Terminal(
        made,
        {
            **environment,
            "HOME": str(folder / "home"),
            "PATH": path,
            "PYTHONPATH": str(made / "lambda_src"),
            "COLUMNS": "200",
            "npm_config_update_notifier": "false",
        },
    )
