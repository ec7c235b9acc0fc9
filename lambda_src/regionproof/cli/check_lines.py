"""The lines of a preflight: prose is wrapped to the terminal, and a command never is, so it can be copied."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.text import Text

from regionproof.domain.untrusted_text import sanitize_line
from regionproof.preflight.observed import CheckState

from .account_cells import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regionproof.preflight.observed import Check

_STYLES = {
    CheckState.MET: "green",
    CheckState.MISSING: "bold red",
    CheckState.UNKNOWN: "yellow",
    CheckState.LATER: "cyan",
}
_STATE_WIDTH = max(map(len, CheckState)) + 2
_MARGIN, _INDENT = " " * _STATE_WIDTH, " " * (_STATE_WIDTH + 2)

_COMMAND = re.compile(r"`[^`]*`|\b(?:aws|npx) [^,;()`]*[^,;()` ]")
"""A command within prose: in backticks, or from its program up to the next punctuation."""

_KEPT_SPACE = "\ue000"
"""A private-use character for a space at which lines must not wrap: ``sanitize_line`` leaves none in any text."""


def check_lines(found: Iterable[Check], width: int) -> Iterator[Text]:
    """Yield the lines of all checks, no wider than ``width`` unless a word or a command is longer."""
    for check in found:
        first, *others = _prose(check, max(width - _STATE_WIDTH, 1))
        yield Text(f"{check.state:<{_STATE_WIDTH}}", _STYLES[check.state]) + Text(first)
        yield from (Text(f"{_MARGIN}{line}") for line in others)
        if check.state is not CheckState.MET:
            yield from (Text(_INDENT) + plain(command) for command in check.commands)


def _prose(check: Check, width: int) -> list[str]:
    cure = f"{check.cure}:" if check.commands and check.cure else check.cure
    parts = (check.need,) if check.state is CheckState.MET else (check.need, check.seen, cure)
    return [line for part in parts for line in _wrapped(part, width)]


def _wrapped(part: str, width: int) -> list[str]:
    kept = _COMMAND.sub(lambda command: command[0].replace(" ", _KEPT_SPACE), sanitize_line(part))
    lines = wrap(kept, width, break_long_words=False, break_on_hyphens=False)
    return [line.replace(_KEPT_SPACE, " ") for line in lines]
