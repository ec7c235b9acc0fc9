"""The map of the program: no two modules import each other, and every folder says what is in it."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from .sources import REPOSITORY, Source, sources

FOLDERS = ("lambda_src/regionproof", "stacks", "emulator", "demo", "bench")
INITS = sorted(file for folder in FOLDERS for file in (REPOSITORY / folder).rglob("__init__.py"))


def _module(source: Source) -> str:
    path = source.path.relative_to(REPOSITORY / "lambda_src").with_suffix("")
    return ".".join(path.parts).removesuffix(".__init__")


def _graph() -> dict[str, set[str]]:
    """Return the modules that each module of the package imports, also inside functions."""
    package = {_module(source): source for source in sources("lambda_src/regionproof")}
    graph = {}
    for name, source in package.items():
        imported = {module if module in package else module.rpartition(".")[0] for module in source.imports()}
        graph[name] = {module for module in imported if module in package and module != name}
    return graph


def test_no_modules_import_each_other() -> None:
    """Not even through others, or lazily inside a function: such modules cannot be understood one at a time."""
    try:
        tuple(TopologicalSorter(_graph()).static_order())
    except CycleError as cycle:
        pytest.fail(" -> ".join(cycle.args[1]))


def test_the_graph_has_the_imports() -> None:
    """Otherwise the test above could not fail."""
    graph = _graph()
    assert "regionproof.audit.collect" in graph["regionproof.audit.run"]
    assert "regionproof.steps.handler" in graph["regionproof.handler"]


@pytest.mark.parametrize("file", INITS, ids=lambda file: str(file.parent.relative_to(REPOSITORY)))
def test_every_folder_says_in_its_first_line_what_is_in_it(file: object) -> None:
    """A reader decides by this line whether to open the folder."""
    source = next(one for one in sources(str(file.relative_to(REPOSITORY))))  # type: ignore[attr-defined]  # a path
    docstring = ast.get_docstring(source.tree) or ""
    assert docstring.partition("\n")[0].endswith(".")
