"""The lines of a preflight: prose is wrapped to the terminal, and a command never is, so that it can be copied."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.text import Text

from regionproof.domain.setup import CheckState

from .account_cells import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from regionproof.domain.setup import Check

_STYLES = {
    CheckState.MET: "green",
    CheckState.MISSING: "bold red",
    CheckState.UNKNOWN: "yellow",
    CheckState.LATER: "cyan",
}
_STATE_WIDTH = max(map(len, CheckState)) + 2
_MARGIN, _INDENT = " " * _STATE_WIDTH, " " * (_STATE_WIDTH + 2)

_COMMAND = re.compile(r"`[^`]*`|\b(?:aws|npx) [^,;()`]*")
"""A command within prose: in backticks, or from its program up to the next punctuation."""

_KEPT_SPACE = "\ue000"
"""A character of private use stands for a space that is no place to wrap: ``one_line`` leaves none in any text."""


def check_lines(caller: Check, found: tuple[Check, ...], console: Console) -> Iterator[Text]:
    """Yield the lines of all checks, as wide as the console if they hold no longer word or command."""
    for check in (caller, *found):
        first, *others = _lines(check, console)
        state = Text(f"{check.state:<{_STATE_WIDTH}}", _STYLES[check.state])
        yield state + first
        yield from (Text(_MARGIN) + line for line in others)
        if check.state is not CheckState.MET:
            yield from (Text(_INDENT) + plain(command) for command in check.commands)


def _lines(check: Check, console: Console) -> list[Text]:
    met = check.state is CheckState.MET
    cure = f"{check.cure}:" if check.commands and check.cure else check.cure
    parts = [check.need] if met else [part for part in (check.need, check.seen, cure) if part]
    width = max(console.width - _STATE_WIDTH, _STATE_WIDTH)
    return [line for part in parts for line in _wrapped(part, console, width)]


def _wrapped(part: str, console: Console, width: int) -> list[Text]:
    kept = _COMMAND.sub(
        lambda command: command[0].rstrip().replace(" ", _KEPT_SPACE) + _end(command[0]), plain(part).plain
    )
    lines = Text(kept).wrap(console, width, overflow="ignore")
    return [Text(line.plain.rstrip().replace(_KEPT_SPACE, " ")) for line in lines] or [Text("")]


def _end(command: str) -> str:
    return command[len(command.rstrip()) :]
