"""The process around a command: arguments in, exit code out, and how errors end it."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING

from regionproof.aws.redaction import know_environment
from regionproof.errors import RegionProofError
from regionproof.settings.problems import SettingsError

from .arguments import command_line
from .exit_status import ExitStatus
from .terminal import Terminal

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from .command import Command

_INTERRUPTED = "interrupted; nothing was changed and nothing was published"


def run_process(commands: Iterable[Command]) -> int:
    """Run the command that this process was started with, and return its exit code."""
    sys.excepthook = excepthook
    terminal = Terminal.of_process()
    sys.stdout, sys.stderr = terminal.stdout, terminal.stderr  # argparse writes to these
    know_environment(os.environ)
    return run_command_line(sys.argv[1:], commands, terminal)


def run_command_line(arguments: Sequence[str], commands: Iterable[Command], terminal: Terminal) -> ExitStatus:
    """Run one command and return how it ended.

    Raises ``SystemExit`` for ``--help`` (0), ``--version`` (0) and wrong usage (2), as argparse does. A help text that
    could not be written ends with 2, too.
    """
    try:
        options = _parsed(arguments, commands, terminal)
        chosen: Command = options.command
        return chosen.run(options, terminal)
    except (RegionProofError, SettingsError) as refusal:
        terminal.message(str(refusal))
        return ExitStatus.REFUSED
    except KeyboardInterrupt:
        terminal.message(_INTERRUPTED)
        return ExitStatus.INTERRUPTED


def _parsed(arguments: Sequence[str], commands: Iterable[Command], terminal: Terminal) -> Namespace:
    """Return the options. Raises ``SystemExit`` as argparse does, and ``OutputFailed``."""
    try:
        return command_line(commands).parse_args(arguments)
    finally:
        terminal.write_output("")  # argparse leaves its texts in the buffers of both streams
        terminal.write_stderr()


def excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """End the process on an uncaught exception: the hook ``sys.excepthook`` of the process.

    Python would end with 1, which means noncompliant here. The traceback is shown, because it is a defect; a
    second Ctrl-C is not. Raises ``SystemExit``, which the interpreter honours in this hook.
    """
    terminal = Terminal.of_process()
    if issubclass(kind, KeyboardInterrupt):
        terminal.message(_INTERRUPTED)
        raise SystemExit(ExitStatus.INTERRUPTED)
    # Not by Python's own hook: the error may quote what AWS said, escape sequences and all.
    terminal.write_stderr(*"".join(traceback.format_exception(kind, error, trace)).splitlines())
    terminal.message("this is a defect of RegionProof; please report it with the lines above")
    raise SystemExit(ExitStatus.DEFECT)
