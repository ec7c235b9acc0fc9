"""CI of the public repository: it can read the source and nothing else, and runs only what was looked at.

https://docs.github.com/en/actions/reference/security/secure-use
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").iterdir())
TRIGGERS = {"push", "pull_request", "schedule"}
"""None of which hands a stranger's code a secret or a right to write."""

OF_THE_BRANCH = {"${{ github.workflow }}", "${{ github.ref }}"}
OF_THE_MATRIX = {"${{ matrix.python }}", "${{ matrix.node }}"}
OUR_EXPRESSIONS = OF_THE_BRANCH | OF_THE_MATRIX
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}")
_USES = re.compile(r"^\s*(?:- )?uses: (\S+)(.*)$", re.MULTILINE)
_PINNED = re.compile(r"actions/[a-z-]+@[0-9a-f]{40}")
_VERSION = re.compile(r" # v\d+\.\d+\.\d+")


def read(file: Path) -> dict[str, Any]:
    """Return a workflow. YAML 1.2 keeps ``on`` a word."""
    workflow: dict[str, Any] = YAML(typ="safe").load(file)
    return workflow


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step of every job."""
    for job in workflow["jobs"].values():
        yield from job["steps"]


@pytest.fixture(params=FILES, ids=lambda file: file.name)
def file(request: pytest.FixtureRequest) -> Path:
    """Return each workflow in turn."""
    found: Path = request.param
    return found


def test_ci_runs_what_a_person_runs() -> None:
    """``make check`` and ``make test``, and nothing that only CI can do."""
    runs = [step["run"] for file in FILES for step in steps(read(file)) if "run" in step]
    assert sorted(runs) == ["make check", "make test"]


def test_every_action_is_pinned_by_its_commit_with_its_version_beside_it(file: Path) -> None:
    """A tag can be moved; only GitHub's own actions are used."""
    used = _USES.findall(file.read_text(encoding="utf-8"))
    assert len(used) == sum("uses" in step for step in steps(read(file))) > 0
    assert [action for action, _ in used if not _PINNED.fullmatch(action)] == []
    assert [action for action, comment in used if not _VERSION.fullmatch(comment)] == []


def test_one_action_has_one_commit_everywhere() -> None:
    """Else one of them was forgotten."""
    used = {action for file in FILES for action, _ in _USES.findall(file.read_text(encoding="utf-8"))}
    names = [action.partition("@")[0] for action in used]
    assert len(names) == len(set(names))


def test_the_token_can_read_the_source_and_nothing_else(file: Path) -> None:
    """No job takes more back."""
    workflow = read(file)
    assert workflow["permissions"] == {"contents": "read"}
    assert [name for name, job in workflow["jobs"].items() if "permissions" in job] == []


def test_no_trigger_runs_a_strangers_code_with_our_rights(file: Path) -> None:
    """Neither ``pull_request_target`` nor ``workflow_run`` nor comments."""
    triggers = read(file)["on"]
    assert set(triggers) <= TRIGGERS


def test_no_secret_is_named_and_no_event_reaches_a_shell(file: Path) -> None:
    """Titles and branch names of strangers would be commands; a script holds no expression at all."""
    text = file.read_text(encoding="utf-8")
    assert "secrets" not in re.sub(r"#.*", "", text)
    assert set(_EXPRESSION.findall(text)) <= OUR_EXPRESSIONS
    for step in steps(read(file)):
        assert "${{" not in step.get("run", "")


def test_the_checkout_leaves_no_credential_behind(file: Path) -> None:
    """What the tests run could read it from .git/config."""
    checkouts = [step for step in steps(read(file)) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert [step["with"].get("persist-credentials") for step in checkouts] == [False] * len(checkouts)


def test_a_run_ends_by_itself_and_yields_to_the_next(file: Path) -> None:
    """Every job has a time limit on a named image; an older run of the same branch is cancelled."""
    workflow = read(file)
    assert workflow["concurrency"]["cancel-in-progress"] is True
    assert {str(expression) for expression in OF_THE_BRANCH} <= set(
        _EXPRESSION.findall(workflow["concurrency"]["group"])
    )
    for job in workflow["jobs"].values():
        assert 1 <= job["timeout-minutes"] <= 60
        assert job["runs-on"] == "ubuntu-24.04"


def test_ci_does_not_skip_the_audit_of_what_is_locked(file: Path) -> None:
    """The switch is for machines without a network."""
    assert "OFFLINE" not in file.read_text(encoding="utf-8")
    assert all("env" not in part for part in (read(file), *read(file)["jobs"].values(), *steps(read(file))))


def test_make_check_runs_every_guard_of_the_supply_chain() -> None:
    """So that CI does."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    check = text.split("\ncheck:", 1)[1].split("\n\n", 1)[0]
    for guard in ("ruff check", "mypy", "bandit", "aws_solutions", "audit-dependencies"):
        assert guard in check
    assert "-m tests.supply_chain.known_vulnerabilities" in text
