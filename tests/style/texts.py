"""Everything in a file that people read: docstrings, comments and messages, or the text of a page."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[2]
READ_BY_PEOPLE = {".py", ".md", ".yaml", ".yml"}

_CODE_BLOCK = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_SENTENCE = re.compile(r"(?:\S+\s+){3,}\S+")


def files_below(*roots: str) -> list[Path]:
    """Return the files that people read below these folders, or these files themselves."""
    found: list[Path] = []
    for root in (REPOSITORY / name for name in roots):
        found += [root] if root.is_file() else sorted(root.rglob("*"))
    return [file for file in found if file.is_file() and file.suffix in READ_BY_PEOPLE]


def texts_of(file: Path) -> Iterator[tuple[int, str]]:
    """Yield each text with its line. In Python: docstrings, comments, and strings of four words or more."""
    source = file.read_text(encoding="utf-8")
    if file.suffix == ".md":
        yield 1, _CODE_BLOCK.sub(lambda block: "\n" * block.group().count("\n"), source)
    elif file.suffix == ".py":
        yield from _texts_of_python(source)
    else:
        yield 1, source


def _texts_of_python(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SENTENCE.search(node.value):
            yield node.lineno, node.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and "noqa" not in token.string:
            yield token.start[0], token.string
