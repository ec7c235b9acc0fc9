"""Where a command writes: the answer to stdout, everything else to stderr."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from regionproof.domain.text import one_line
from regionproof.errors import RegionProofError

if TYPE_CHECKING:
    from typing import TextIO


class OutputLost(RegionProofError):  # noqa: N818  # named for what it tells
    """The answer could not be written, as on a full disk."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """The two streams of a command. What an encoding does not know becomes ``?``; it never stops the command."""

    stdout: TextIO
    stderr: TextIO

    def answer(self, text: str) -> None:
        """Write the answer. A reader that has gone (``| head``) ends it quietly; raises ``OutputLost``."""
        try:
            _write(self.stdout, text)
        except BrokenPipeError:
            _drop_what_is_left(self.stdout)
        except OSError as failure:
            _drop_what_is_left(self.stdout)
            raise OutputLost(f"the output could not be written: {failure.strerror}") from failure

    def tell(self, message: str) -> None:
        """Write a message for the person. Only its first line begins as a message does, whatever it quotes."""
        first, *others = message.splitlines() or [""]
        self.show(f"regionproof: {first}", *(line if line.startswith(" ") else f"  {line}" for line in others))

    def show(self, *lines: str) -> None:
        """Write lines to stderr, each made fit for a terminal."""
        try:
            _write(self.stderr, "".join(f"{one_line(line)}\n" for line in lines))
        except OSError:
            # Nobody can be told; the exit code still says it.
            _drop_what_is_left(self.stderr)


def _write(stream: TextIO, text: str) -> None:
    stream.write(text.encode(stream.encoding or "utf-8", "replace").decode(stream.encoding or "utf-8"))
    stream.flush()


def _drop_what_is_left(stream: TextIO) -> None:
    """Let the interpreter's own flush at the end go nowhere, or it would complain and end with 120.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
