"""What `make mutants` changes and prints, without the mutation tester itself."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from .conditions import Mutation, dropped_conditions
from .survivors import SURVIVED, print_survivors

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "poodle.toml").read_text(encoding="utf-8"))["poodle"]


def _applied(source: str, mutation: Mutation) -> str:
    lines = source.splitlines()
    before = lines[mutation.lineno - 1][: mutation.col_offset]
    after = lines[mutation.end_lineno - 1][mutation.end_col_offset :]
    return "\n".join((*lines[: mutation.lineno - 1], before + mutation.text + after, *lines[mutation.end_lineno :]))


@pytest.mark.parametrize(
    ("source", "mutants"),
    [
        ("x = a and b", ["x = (b)", "x = (a)"]),
        ("x = not (a or b or c)", ["x = not ((b or c))", "x = not ((a or c))", "x = not ((a or b))"]),
        ("x = [y for y in z if y if w]", ["x = [y for y in z if (True) if w]", "x = [y for y in z if y if (True)]"]),
        ("x = (a and\n     b)", ["x = ((b))", "x = ((a))"]),
        ("if a:\n    b()", []),
    ],
)
def test_each_condition_is_dropped_once(source: str, mutants: list[str]) -> None:
    """Also one that spans lines; what is left stays valid Python."""
    found = [_applied(source, mutation) for mutation in dropped_conditions(ast.parse(source))]
    assert found == mutants
    for mutant in found:
        ast.parse(mutant)


def test_survivors_are_printed_by_file_and_line_with_their_change_then_the_counts() -> None:
    """In the order of the files; what failed a test or never ended is only counted."""
    printed: list[str] = []
    trials = [
        _trial("b.py", 7, "-old\n+new"),
        _trial("a.py", 9, "-1\n+2"),
        _trial("a.py", 1, "-x\n+y", "Mutant Found"),
        _trial("a.py", 2, "-x\n+y", "Trial Exceeded Timeout"),
    ]
    counts = SimpleNamespace(trials=4, found=1, not_found=2, timeout=1)
    print_survivors(printed.append, SimpleNamespace(mutant_trials=trials, summary=counts))
    assert printed == [
        "a.py:9: Compare\n-1\n+2",
        "b.py:7: Compare\n-old\n+new",
        "4 mutants: 1 failed a test, 1 hung, 2 survived.",
    ]


def _trial(file: str, line: int, change: str, reason: str = SURVIVED) -> SimpleNamespace:
    diff = f"--- {file}\n+++ [Mutant] {file}\n@@ -1 +1 @@\n context\n{change}\n"
    mutant = SimpleNamespace(source_file=file, lineno=line, mutator_name="Compare", unified_diff=diff)
    return SimpleNamespace(mutant=mutant, result=SimpleNamespace(reason_code=reason))


@pytest.mark.parametrize("pattern", SETTINGS["only_files"])
def test_every_module_to_change_exists(pattern: str) -> None:
    """A module that moved would be left out without a word."""
    assert list((ROOT / "lambda_src" / "regionproof").glob(pattern))


def _tests_to_run() -> list[str]:
    interpreter, *arguments = SETTINGS["runner_opts"]["command_line"].split()
    assert interpreter == ".venv/bin/python"
    return [argument for argument in arguments if argument.startswith("tests/")]


def test_every_test_to_run_exists() -> None:
    """And runs in the environment of the tests."""
    assert _tests_to_run()
    assert [test for test in _tests_to_run() if not (ROOT / test).exists()] == []


def test_every_test_named_after_a_module_to_change_is_run() -> None:
    """Without it, mutants that it notices would be reported as survivors."""
    named = [
        test.relative_to(ROOT).as_posix()
        for pattern in SETTINGS["only_files"]
        for test in (ROOT / "tests").glob(str(Path(pattern).with_name(f"test_{Path(pattern).stem.strip('*')}*.py")))
    ]
    assert named
    assert [test for test in named if not test.startswith(tuple(_tests_to_run()))] == []
