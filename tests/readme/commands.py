"""The commands in a Markdown file, in order: those of its ``bash`` blocks, and those in its sentences."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADING = re.compile(r"#+ (.+)")
_FENCE = re.compile(r"\s*(?:\d+\. )?```(\w*)")
_CODE = re.compile(r"`([^`]+)`")
_PROGRAMS = ("aws", "npx", "make", "regionproof", ".venv/bin/regionproof", "export")
_COMMAND = re.compile(rf"(?:{'|'.join(map(re.escape, _PROGRAMS))}) \S")


@dataclass(frozen=True)
class Command:
    """One command as the file has it, the heading that it is below, and its first line."""

    text: str
    section: str
    line: int


def commands_in(file: Path) -> tuple[Command, ...]:
    """Return the commands of a file; a loop over several lines is one."""
    return tuple(_commands(file.read_text(encoding="utf-8").splitlines()))


def _commands(lines: list[str]) -> Iterator[Command]:
    section, fence = "", None
    block: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if mark := _FENCE.match(line):
            yield from _commands_in_block(block, section) if fence == "bash" else ()
            fence, block = (mark[1] if fence is None else None), []
        elif fence is not None:
            block.append((number, line.strip()))
        elif heading := _HEADING.fullmatch(line):
            section = heading[1]
        else:
            yield from (Command(code, section, number) for code in _CODE.findall(line) if _COMMAND.match(code))


def _commands_in_block(block: list[tuple[int, str]], section: str) -> Iterator[Command]:
    pending = ""
    for number, line in block:
        pending = f"{pending}\n{line}".strip()
        if _is_comment(pending):
            pending = ""
        elif _is_complete(pending):
            yield Command(pending, section, number - pending.count("\n"))
            pending = ""


def _is_comment(text: str) -> bool:
    return not text or text.startswith("#")


def _is_complete(text: str) -> bool:
    """Return whether bash could run the text as it is."""
    if text.endswith("\\"):
        return False
    checked = subprocess.run(["bash", "-n", "-c", text], capture_output=True, check=False)  # noqa: S603, S607  # parses only
    return checked.returncode == 0
