"""The audit of what is locked: no answer is never taken for a clean one."""

from __future__ import annotations

import json

import pytest

from .known_vulnerabilities import (
    CLEAN,
    EXCLUDED,
    LOCKS,
    NOT_AUDITED,
    REPOSITORY,
    SWITCH,
    VULNERABLE,
    Answer,
    audit,
    of_npm,
    verdict,
)
from .known_vulnerabilities import of_pip_audit as pip

GOOD = {"name": "rich", "version": "15.0.0", "vulns": []}
BAD = {"name": "urllib3", "version": "1.26.4", "vulns": [{"id": "PYSEC-2021-108"}, {"id": "PYSEC-2023-212"}]}
LEFT_OUT = {"name": "attrs", "skip_reason": "Dependency not found on PyPI and could not be audited: attrs (26.1.0)"}
NPM = {"metadata": {"dependencies": {"total": 1}}, "vulnerabilities": {}}


def printed(*packages: object) -> str:
    """Return what pip-audit prints."""
    return json.dumps({"dependencies": packages, "fixes": []})


def test_packages_without_a_known_vulnerability_are_clean() -> None:
    """Each lock file has a line with the number of packages that were asked for."""
    code, lines = verdict([pip("a.txt", printed(GOOD, GOOD), ""), of_npm("b.json", json.dumps(NPM), "")])
    assert code == CLEAN
    assert lines == ["a.txt: 2 packages, no known vulnerability", "b.json: 1 packages, no known vulnerability"]


def test_a_known_vulnerability_is_named_and_fails() -> None:
    """Also beside packages that could not be asked for."""
    code, lines = verdict([pip("a.txt", printed(GOOD, BAD, LEFT_OUT), "")])
    assert code == VULNERABLE
    assert lines[0] == "a.txt: VULNERABLE: urllib3 1.26.4: PYSEC-2021-108, PYSEC-2023-212"


def test_a_vulnerable_node_package_is_named_and_fails() -> None:
    """With npm's word for how bad it is."""
    found = {**NPM, "vulnerabilities": {"aws-cdk": {"severity": "high"}}}
    assert verdict([of_npm("b.json", json.dumps(found), "")]) == (VULNERABLE, ["b.json: VULNERABLE: aws-cdk: high"])


@pytest.mark.parametrize(
    "answer",
    [
        pip("a.txt", printed(GOOD, LEFT_OUT), "No known vulnerabilities found"),
        pip("a.txt", printed(), ""),
        pip("a.txt", "", "Traceback\nConnectionError: no route\n"),
        pip("a.txt", "[]", ""),
        of_npm("b.json", json.dumps({"message": "405 Method Not Allowed"}), ""),
        of_npm("b.json", "", ""),
    ],
    ids=["one left out", "none asked", "no network", "no document", "a mirror", "nothing"],
)
def test_what_could_not_be_asked_is_no_success(answer: Answer) -> None:
    """pip-audit on its own ends with 0 and «No known vulnerabilities found» in the first case."""
    code, lines = verdict([answer, pip("c.txt", printed(GOOD), "")])
    assert code == NOT_AUDITED
    assert "NOT AUDITED" in lines[0]
    assert lines[-1].startswith("not audited is not clean")


def test_every_lock_file_is_audited_or_left_out_with_a_reason() -> None:
    """So that a new one is not forgotten."""
    locks = {path.name for path in REPOSITORY.glob("requirements*.txt")}
    assert locks == {*LOCKS, *EXCLUDED}
    assert not EXCLUDED.keys() & set(LOCKS)
    assert all(len(why.split()) >= 5 for why in EXCLUDED.values())


def test_the_switch_says_that_nothing_was_audited() -> None:
    """In one line that names every lock file; it starts no process."""
    code, (line,) = audit({SWITCH: "1"})
    assert code == CLEAN
    assert line.startswith("SKIPPED by OFFLINE: ")
    assert all(lock in line for lock in (*LOCKS, "package-lock.json"))
