"""A kind of mutation that Poodle lacks: a condition that is no longer asked.

``a and b`` becomes ``b``, then ``a``; a comprehension loses its ``if``. Where ``and`` becomes ``or``, some test nearly
always fails, also if no test depends on one of the two conditions.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "Dropped"


@dataclass(frozen=True)
class Mutation:
    """What Poodle replaces: the text from one place of a file to another. Lines count from 1, columns from 0."""

    mutator_name: str
    lineno: int
    col_offset: int
    end_lineno: int
    end_col_offset: int
    text: str


def dropped_conditions(parsed_ast: ast.Module, **_settings: Any) -> list[Mutation]:
    """Return every mutation that leaves out one condition of a file."""
    return [mutation for node in ast.walk(parsed_ast) for mutation in _mutations(node)]


def _mutations(node: ast.AST) -> Iterator[Mutation]:
    if isinstance(node, ast.BoolOp):
        for dropped in node.values:
            yield _replaced(node, _without(node, dropped))
    if isinstance(node, ast.comprehension):
        for condition in node.ifs:
            yield _replaced(condition, ast.Constant(value=True))


def _without(node: ast.BoolOp, dropped: ast.expr) -> ast.expr:
    kept = [value for value in node.values if value is not dropped]
    return kept[0] if len(kept) == 1 else ast.BoolOp(op=node.op, values=kept)


def _replaced(node: ast.expr, by: ast.expr) -> Mutation:
    text = f"({ast.unparse(by)})"
    return Mutation(NAME, node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0, text)
