"""The size of the program: small files, short functions, simple ways through them, everything explained and typed."""

from __future__ import annotations

import ast

import pytest

from .sources import Function, Source, sources

PROGRAM = sources("lambda_src", "stacks", "app.py", "demo", "emulator")
TESTS = sources("tests", "bench")
NAMES = [source.name for source in PROGRAM]

LONGEST_FILE = 300
LONGEST_FUNCTION = 45
MOST_WAYS = 10  # with every comprehension, condition and choice counted; ruff holds plain McCabe to 7
MOST_PARAMETERS = 5

_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.IfExp, ast.ExceptHandler, ast.comprehension, ast.match_case)
_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def _lines(source: Source) -> int:
    return len(source.path.read_text(encoding="utf-8").splitlines())


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def complexity(function: Function) -> int:
    """Return the number of ways through a function (McCabe), inner functions not counted."""
    return 1 + _branches(function)


def _branches(node: ast.AST) -> int:
    found = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _INNER):
            continue
        found += isinstance(child, _BRANCHES)
        found += len(child.values) - 1 if isinstance(child, ast.BoolOp) else 0
        found += _branches(child)
    return found


def _parameters(function: Function) -> list[ast.arg]:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [one for one in (*named, arguments.vararg, arguments.kwarg) if one]


def _is_public(name: str) -> bool:
    return not any(part.startswith("_") and not part.startswith("__") for part in name.split("."))


@pytest.mark.parametrize("source", [*PROGRAM, *TESTS], ids=lambda source: source.name)
def test_no_file_is_longer_than_one_reads_in_one_go(source: Source) -> None:
    """300 lines, tests included."""
    assert _lines(source) <= LONGEST_FILE


@pytest.mark.parametrize("source", PROGRAM, ids=NAMES)
def test_every_function_is_short_and_simple(source: Source) -> None:
    """At most 45 lines, 10 ways through, 5 parameters beside ``self``."""
    for name, function in source.functions:
        assert _length(function) <= LONGEST_FUNCTION, name
        assert complexity(function) <= MOST_WAYS, name
        assert len([one for one in _parameters(function) if one.arg not in {"self", "cls"}]) <= MOST_PARAMETERS, name


@pytest.mark.parametrize("source", PROGRAM, ids=NAMES)
def test_everything_public_is_explained(source: Source) -> None:
    """Every module, class and function has a docstring."""
    assert ast.get_docstring(source.tree), "the module"
    classes = [node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef) and _is_public(node.name)]
    assert [node.name for node in classes if not ast.get_docstring(node)] == []
    functions = dict(source.functions)
    missing = [name for name, function in functions.items() if _is_public(name) and not ast.get_docstring(function)]
    inner = {name for name in missing if name.rpartition(".")[0] in functions}
    assert [name for name in missing if not name.endswith("__init__") and name not in inner] == []


@pytest.mark.parametrize("source", PROGRAM, ids=NAMES)
def test_every_function_is_typed(source: Source) -> None:
    """Each parameter and each result."""
    for name, function in source.functions:
        untyped = [one.arg for one in _parameters(function) if not one.annotation and one.arg not in {"self", "cls"}]
        assert untyped == [], name
        assert function.returns, name


def test_the_measurements_see_what_they_measure() -> None:
    """A test of the tests: a function with known numbers."""
    text = "def f(a, *b, c: int):\n  if a and b or c:\n    return [x for x in b]\n  for _ in b:\n    pass\n"
    (function,) = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    assert (_length(function), complexity(function)) == (5, 6)
    assert [one.arg for one in _parameters(function)] == ["a", "c", "b"]
