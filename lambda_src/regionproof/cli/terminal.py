"""The outputs of a command: the answer on stdout, everything else on stderr."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from io import RawIOBase
from typing import TYPE_CHECKING

from regionproof.aws.redaction import redact, redact_known
from regionproof.domain.untrusted_text import sanitize_line
from regionproof.errors import RegionProofError

if TYPE_CHECKING:
    from typing import TextIO


class OutputFailed(RegionProofError):
    """The answer could not be written, as on a full disk."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the output could not be written: {reason}")


@dataclass(frozen=True, slots=True)
class Terminal:
    """The two streams of a command. A character that the encoding lacks becomes ``?`` and never stops the command.

    No credential that is known is written.
    """

    stdout: TextIO
    stderr: TextIO

    @classmethod
    def of_process(cls) -> Terminal:
        """Take the streams of this process, each with a buffer, so a write is whole or raises.

        With ``PYTHONUNBUFFERED`` set, ``sys.stdout`` writes to the file itself and drops bytes that a nearly full disk
        refused: https://docs.python.org/3/library/io.html#io.RawIOBase.write. A stream that the shell closed
        (``>&-``) is None: a stdout that only reads takes its place, so that writing to it fails; or a stderr that
        discards.
        """
        return cls(_buffered(sys.stdout, os.O_RDONLY), _buffered(sys.stderr, os.O_WRONLY))

    def write_output(self, text: str) -> None:
        """Write the answer. A reader that has gone (``| head``) ends it quietly; raises ``OutputFailed``."""
        try:
            _write(self.stdout, redact_known(text))
        except BrokenPipeError:
            _discard_output(self.stdout)
        except OSError as failure:
            _discard_output(self.stdout)
            raise OutputFailed(failure.strerror or str(failure)) from failure

    def message(self, message: str) -> None:
        """Write a message for the person. Only its first line begins as a message does, whatever it quotes."""
        first, *others = message.splitlines() or [""]
        self.write_stderr(f"regionproof: {first}", *(line if line.startswith(" ") else f"  {line}" for line in others))

    def write_stderr(self, *lines: str) -> None:
        """Write lines to stderr, each made fit for a terminal. A credential in several lines makes them one."""
        try:
            _write(self.stderr, "".join(f"{sanitize_line(line)}\n" for line in redact("\n".join(lines)).splitlines()))
        except OSError:
            # No one can be told; the exit code still says it.
            _discard_output(self.stderr)


def _buffered(stream: TextIO | None, if_closed: int) -> TextIO:
    if stream is None:
        return open(os.open(os.devnull, if_closed), "w", encoding="utf-8")  # noqa: PTH123  # for the process
    if not isinstance(getattr(stream, "buffer", None), RawIOBase):
        return stream
    return open(stream.fileno(), "w", encoding=stream.encoding, errors=stream.errors, closefd=False)  # for the process


def _write(stream: TextIO, text: str) -> None:
    stream.write(text.encode(stream.encoding or "utf-8", "replace").decode(stream.encoding or "utf-8"))
    stream.flush()


def _discard_output(stream: TextIO) -> None:
    """Let the interpreter's own flush at the end go nowhere, or it would complain and end with 120.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
