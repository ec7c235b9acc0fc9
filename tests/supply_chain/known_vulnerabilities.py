"""Compare everything that is locked with the known vulnerabilities: what ``make audit-dependencies`` runs.

pip-audit asks PyPI for every Python package, npm asks its registry for every Node package. Both need a network.
Left to itself, pip-audit calls it a success when it could ask for nothing at all; here that is a failure.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REPOSITORY = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-emulator.txt", "requirements-mutants.txt")
EXCLUDED = {
    "requirements-bench-peers.txt": "other people's programs, measured on this machine and never deployed",
    "requirements-aws-cli.txt": "AWS's own program, which tests run against the local AWS only",
}
"""Lock files that are not audited, and why: their fix is not in our hands. Their hashes are tested all the same."""

SWITCH = "OFFLINE"
PIP_AUDIT = (sys.executable, "-m", "pip_audit", "--format=json", "--progress-spinner=off", "--disable-pip")
NPM_AUDIT = ("npm", "audit", "--json")

CLEAN, VULNERABLE, NOT_AUDITED = 0, 1, 2


@dataclass(frozen=True)
class Answer:
    """What is known of one lock file: ``asked`` packages, those with vulnerabilities, and why others were not asked."""

    lock: str
    asked: int = 0
    vulnerable: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()


def of_pip_audit(lock: str, printed: str, errors: str) -> Answer:
    """Return what pip-audit says. Without its JSON, it asked for nothing."""
    document = _json(printed)
    if not document.get("dependencies"):
        return Answer(lock, not_asked=(_last_line(errors),))
    found, left_out = [], []
    for package in document["dependencies"]:
        if "skip_reason" in package:
            left_out.append(package["skip_reason"])
        elif package["vulns"]:
            ids = ", ".join(vulnerability["id"] for vulnerability in package["vulns"])
            found.append(f"{package['name']} {package['version']}: {ids}")
    return Answer(lock, len(document["dependencies"]) - len(left_out), tuple(found), tuple(left_out))


def of_npm(lock: str, printed: str, errors: str) -> Answer:
    """Return what npm says. Without its counts, it asked for nothing."""
    document = _json(printed)
    if "metadata" not in document:
        return Answer(lock, not_asked=(document.get("message") or _last_line(errors),))
    found = (f"{name}: {entry['severity']}" for name, entry in document.get("vulnerabilities", {}).items())
    return Answer(lock, document["metadata"]["dependencies"]["total"], tuple(found))


def verdict(answers: Iterable[Answer]) -> tuple[int, list[str]]:
    """Return the exit code and a line for every lock file. A known vulnerability wins over what was not asked."""
    answers = list(answers)
    lines = [line for answer in answers for line in _lines(answer)]
    if any(answer.vulnerable for answer in answers):
        return VULNERABLE, lines
    if any(answer.not_asked for answer in answers):
        hint = f"without a way to pypi.org and registry.npmjs.org, say so: {SWITCH}=1 make check"
        return NOT_AUDITED, [*lines, f"not audited is not clean; {hint}"]
    return CLEAN, lines


def audit(environment: Mapping[str, str]) -> tuple[int, list[str]]:
    """Ask for every lock file; where the switch says that there is no network, only say so."""
    if environment.get(SWITCH):
        locks = ", ".join((*LOCKS, "package-lock.json"))
        return CLEAN, [f"SKIPPED by {SWITCH}: {locks} were not held against known vulnerabilities"]
    left_out = [f"{lock}: left out: {why}" for lock, why in EXCLUDED.items()]
    answers = [of_pip_audit(lock, *_run((*PIP_AUDIT, "--require-hashes", "-r", lock))) for lock in LOCKS]
    code, lines = verdict([*answers, of_npm("package-lock.json", *_run(NPM_AUDIT))])
    return code, [*left_out, *lines]


def _lines(answer: Answer) -> list[str]:
    lines = [f"{answer.lock}: VULNERABLE: {found}" for found in answer.vulnerable]
    if answer.not_asked:
        count = len(answer.not_asked)
        lines.append(f"{answer.lock}: NOT AUDITED: {count} times, first: {answer.not_asked[0]}")
    return lines or [f"{answer.lock}: {answer.asked} packages, no known vulnerability"]


def _run(command: tuple[str, ...]) -> tuple[str, str]:
    ended = subprocess.run(  # noqa: S603  # the two commands above
        command, cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    return ended.stdout, ended.stderr


def _json(printed: str) -> dict[str, Any]:
    try:
        document = json.loads(printed)
    except ValueError:
        return {}  # no answer, which the caller tells from an empty one
    return document if isinstance(document, dict) else {}


def _last_line(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def main() -> int:
    """Print the lines and return the exit code: 0 clean or skipped, 1 vulnerable, 2 not audited."""
    code, lines = audit(os.environ)
    sys.stdout.writelines(f"audit-dependencies: {line}\n" for line in lines)
    return code


if __name__ == "__main__":
    sys.exit(main())
