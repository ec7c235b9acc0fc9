"""The commands of the AWS CLI and of the CDK that the program, its alarms, its settings and its documents name."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ("lambda_src", "stacks", "demo")
TEXTS = ("README.md", "regionproof.yaml", "docs/*.md", "docs/decisions/*.md")

_VALUE = r"""(?:'[^']*'|"(?:[^"\\]|\\.)*"|(?!--)[^\s`,;()'"]+)"""
_OPTIONS = rf"(?: --[a-z][a-z-]*(?: {_VALUE})?)*"
_ADDRESS = r"(?: [a-z0-9]+://[^\s`,;()'\"]+)?"
_FILE = r"(?: \w+\.json)?"
_AWS = re.compile(
    rf"(?<![\w./-])aws (?:(?:login|configure)\b(?! [a-z])|[a-z0-9-]+ [a-z0-9-]*[a-z0-9]){_ADDRESS}{_OPTIONS}{_FILE}"
)
_CDK = re.compile(rf"npx cdk [a-z]+(?: RegionProof\w*| VALUE)?{_ADDRESS}{_OPTIONS}")
_FIELD = re.compile(r"(?P<before>^|.)\{[^{}]*\}", re.DOTALL)
_APART = " /:='\""
"""After one of these a field of a text stands for a value; after anything else, for further options or nothing."""


def commands_of_aws() -> tuple[str, ...]:
    """Return the commands of the AWS CLI, each once."""
    return _named(_AWS)


def commands_of_cdk() -> tuple[str, ...]:
    """Return the commands of the CDK CLI, each once."""
    return _named(_CDK)


def in_text(text: str) -> list[str]:
    """Return the commands of the AWS CLI in a text."""
    return [match[0].rstrip(".:") for match in _AWS.finditer(text)]


def text_of(node: ast.expr) -> str:
    """Return a string as the program could print it: VALUE where it fills something in."""
    if isinstance(node, ast.Constant):
        return _filled(node.value) if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        return _filled("".join(str(part) for part in parts))
    return ""


def _filled(text: str) -> str:
    previous = None
    while previous != text:
        previous, text = text, _FIELD.sub(_value, text, count=1)
    return text


def _value(field: re.Match[str]) -> str:
    before = field["before"]
    return f"{before}VALUE" if before == "" or before in _APART else before


def _named(pattern: re.Pattern[str]) -> tuple[str, ...]:
    found = (match[0].rstrip(".:") for text in _texts() for match in pattern.finditer(text))
    return tuple(sorted(set(found)))


def _texts() -> Iterator[str]:
    for folder in PROGRAM:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield from _strings(ast.parse(file.read_text(encoding="utf-8")))
    for name in TEXTS:
        for file in sorted(ROOT.glob(name)):
            yield file.read_text(encoding="utf-8")


def _strings(tree: ast.AST) -> Iterator[str]:
    """Yield each string once; the pieces of an f-string are no their own strings."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr) and (text := text_of(node)):
            yield text
        if not isinstance(node, ast.JoinedStr):
            yield from _strings(node)
