"""Which part of the program may know which: read from its imports and calls."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from .sources import Source, sources

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = sources("lambda_src/regionproof")
PROGRAM = [*PACKAGE, *sources("stacks", "app.py")]
NAMES = [source.in_package for source in PACKAGE]

PURE = ("domain/", "rules/")
CLOCKS = {"time.time", "time.monotonic", "datetime.now", "datetime.utcnow", "date.today"}
AWS_SDK = ("aws/", "publishers/", "wiring.py", "settings/checks.py")
WIRED = ("aws", "publishers", "wiring", "handler", "invocation", "cli", "audit", "steps", "preflight", "storage")


def _below(*folders: str) -> list[Source]:
    found = [source for source in PACKAGE if source.in_package.startswith(folders)]
    assert found, f"nothing lies below {folders}"
    return found


def _top_level_modules(source: Source) -> set[str]:
    return {module.partition(".")[0] for module in source.imports()}


def _calls(tree: ast.AST) -> Iterator[str]:
    return (ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))


@pytest.mark.parametrize("source", _below(*PURE), ids=lambda source: source.in_package)
def test_the_domain_and_the_rules_know_no_aws_sdk_no_system_and_no_log(source: Source) -> None:
    """They are pure: the same facts give the same findings anywhere."""
    forbidden = {"boto3", "botocore", "os", "sys", "logging", "aws_lambda_powertools", "time", "random", "socket"}
    assert _top_level_modules(source) & forbidden == set()


@pytest.mark.parametrize("source", _below(*PURE, "probes/", "audit/judge.py"), ids=lambda source: source.in_package)
def test_nothing_pure_reads_a_clock(source: Source) -> None:
    """Time comes in as a value."""
    assert {call for call in _calls(source.tree) if call.endswith(tuple(CLOCKS))} == set()


@pytest.mark.parametrize("source", _below(*PURE, "probes/", "audit/judge.py"), ids=lambda source: source.in_package)
def test_probes_domain_and_rules_do_not_know_who_calls_them(source: Source) -> None:
    """Neither the edge to AWS, nor a destination, nor an entry."""
    known = {module.removeprefix("regionproof.") for module in source.imports() if module.startswith("regionproof.")}
    assert {module for module in known if module.partition(".")[0] in WIRED} == set()


def test_the_domain_knows_nothing_but_itself() -> None:
    """And, for the type checker, the shape of the settings."""
    known = {module for source in _below("domain/") for module in source.imports() if module.startswith("regionproof")}
    assert {module for module in known if not module.startswith("regionproof.domain")} == set()


@pytest.mark.parametrize("source", PACKAGE, ids=NAMES)
def test_the_aws_sdk_stays_at_the_edge(source: Source) -> None:
    """In ``aws``, the publishers and the wiring; and where Regions are checked by name."""
    if not source.in_package.startswith(AWS_SDK):
        assert _top_level_modules(source) & {"boto3", "botocore"} == set()


@pytest.mark.parametrize("source", PACKAGE, ids=NAMES)
def test_the_environment_is_read_at_the_entries_only(source: Source) -> None:
    """Everything else gets what it needs handed in."""
    reads = {name for name in ("os.environ", "os.getenv", "environ") if name in _names_used(source)}
    if not source.in_package.startswith(("handler.py", "invocation.py", "cli/")):
        assert reads == set()


def _names_used(source: Source) -> set[str]:
    return {ast.unparse(node) for node in ast.walk(source.tree) if isinstance(node, (ast.Attribute, ast.Name))}


def test_one_except_of_the_whole_program_is_broad() -> None:
    """The boundary of an account. Every other one names what it expects."""
    broad = [source.name for source in PROGRAM for node in ast.walk(source.tree) if _is_broad(node)]
    assert broad == ["lambda_src/regionproof/audit/collect.py"]


def _is_broad(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    caught = [node.type] if not isinstance(node.type, ast.Tuple) else node.type.elts
    return any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in caught)


def test_no_except_passes_in_silence() -> None:
    """What was caught is returned, raised or told."""
    handlers = [
        f"{source.name}:{node.lineno}"
        for source in PROGRAM
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and all(isinstance(step, ast.Pass) for step in node.body)
    ]
    assert handlers == []


@pytest.mark.parametrize("source", PACKAGE, ids=NAMES)
def test_only_the_terminal_is_printed_to(source: Source) -> None:
    """The function logs; what it printed would be no JSON."""
    if not source.in_package.startswith(("cli/", "settings/schema.py")):
        assert {call for call in _calls(source.tree) if call == "print" or call.startswith("sys.std")} == set()


@pytest.mark.parametrize("source", PROGRAM, ids=lambda source: source.name)
def test_importing_a_module_makes_no_client_and_reads_no_file(source: Source) -> None:
    """Nothing happens before it is asked for."""
    at_import = {call for statement in _run_at_import(source.tree) for call in _calls(statement)}
    forbidden = (".client", ".resource", "Session", "open", ".read_text", ".environ.get", "Logger", "Metrics")
    assert {call for call in at_import if call.endswith(forbidden)} == set()


def _run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the expressions that run when the module is imported: also defaults, decorators and class bodies."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from (*child.decorator_list, *child.args.defaults, *(d for d in child.args.kw_defaults if d))
        elif isinstance(child, ast.Lambda) or (isinstance(child, ast.If) and "__name__" in ast.unparse(child.test)):
            continue
        elif isinstance(child, (ast.ClassDef, ast.If, ast.Try, ast.With, ast.For)):
            yield from _run_at_import(child)
        else:
            yield child


@pytest.mark.parametrize("source", PROGRAM, ids=lambda source: source.name)
def test_no_state_is_global(source: Source) -> None:
    """Two runs in one process share nothing."""
    assert [node.lineno for node in ast.walk(source.tree) if isinstance(node, (ast.Global, ast.Nonlocal))] == []


def test_the_measurements_see_what_they_look_for() -> None:
    """A test of the tests: a module that does everything wrong is caught by each."""
    wrong = ast.parse("import boto3\nSTS = boto3.client('sts')\ntry:\n  pass\nexcept (KeyError, Exception):\n  pass\n")
    assert [call for statement in _run_at_import(wrong) for call in _calls(statement)] == ["boto3.client"]
    assert [node for node in ast.walk(wrong) if _is_broad(node)]
    source = PACKAGE[0]
    assert _top_level_modules(Source(source.path, wrong)) == {"boto3"}
    relative = ast.parse("from ..aws import sessions\nfrom . import facts")
    below = next(source for source in PACKAGE if source.in_package == "domain/facts.py")
    found = set(Source(below.path, relative).imports())
    assert found == {"regionproof.aws.sessions", "regionproof.domain.facts"}
