"""Poodle's mutations of True, False, None, break and continue, outside of the options of classes.

``@dataclass(frozen=True, slots=True)`` keeps a developer from a mistake; no run behaves differently without it.
"""

from __future__ import annotations

import ast
from typing import Any

from poodle.mutators import KeywordMutator


def keywords(config: Any, parsed_ast: ast.Module, **_settings: Any) -> list[Any]:
    """Return the mutations of the keywords of a file. Poodle hands in a copy of the tree, which this changes."""
    for node in ast.walk(parsed_ast):
        if isinstance(node, ast.ClassDef):
            node.decorator_list.clear()
    found: list[Any] = KeywordMutator(config=config, echo=None).create_mutations(parsed_ast)
    return found
