"""The program's own files, parsed: what the tests of the architecture measure."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "lambda_src" / "regionproof"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file. ``name`` is its path from the root of the repository."""

    path: Path
    tree: ast.Module

    @property
    def name(self) -> str:
        """Return the path from the root of the repository."""
        return self.path.relative_to(REPOSITORY).as_posix()

    @property
    def in_package(self) -> str:
        """Return the path inside of the package, or nothing for a file outside of it."""
        return self.path.relative_to(PACKAGE).as_posix() if self.path.is_relative_to(PACKAGE) else ""

    @property
    def functions(self) -> Iterator[tuple[str, Function]]:
        """Yield every function and method with its qualified name, the inner ones included."""
        yield from _functions(self.tree, "")

    def imports(self) -> Iterator[str]:
        """Yield every module that the file imports, absolute, those for the type checker left out."""
        for node in _outside_of_type_checking(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            if isinstance(node, ast.ImportFrom):
                yield from self._imports_from(node)

    def _imports_from(self, node: ast.ImportFrom) -> Iterator[str]:
        above = self.path.relative_to(REPOSITORY / "lambda_src").parts[: -node.level] if node.level else ()
        module = ".".join((*above, node.module or "")).strip(".")
        yield from (f"{module}.{alias.name}" for alias in node.names)


def sources(*roots: str) -> list[Source]:
    """Return every Python file below these folders of the repository, or these files themselves."""
    files = [file for root in roots for file in _files(REPOSITORY / root)]
    return [Source(file, ast.parse(file.read_text(encoding="utf-8"))) for file in files]


def _files(root: Path) -> list[Path]:
    return [root] if root.is_file() else sorted(root.rglob("*.py"))


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        name = f"{prefix}{child.name}" if isinstance(child, (Function, ast.ClassDef)) else prefix.rstrip(".")
        if isinstance(child, Function):
            yield name, child
        yield from _functions(child, f"{name}." if name else "")


def _outside_of_type_checking(tree: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from _outside_of_type_checking(child)
