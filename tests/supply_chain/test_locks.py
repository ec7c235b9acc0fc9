"""The lock files: every package by version and hash, every direct one with its reason."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("requirements", "requirements-dev", "requirements-emulator", "requirements-mutants")
AWS_CLI = "requirements-aws-cli"
"""One package, whose own dependencies are not needed."""

PEERS = "requirements-bench-peers"
"""Its lines need no their own reasons: they are what is measured."""


_PINNED = re.compile(r"([a-z0-9][a-z0-9.-]*)==(\S+)")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
_DIRECT = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])?")
_REASON = re.compile(r"#\s+\S+(?:\s+\S+)+")


def locked(name: str) -> dict[str, str]:
    """Return the text of every requirement of a lock file, by its name."""
    text = (ROOT / f"{name}.txt").read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s+", " ", text)
    lines = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found = {}
    for line in lines:
        match = _PINNED.match(line)
        assert match, f"not pinned to one version: {line[:80]}"
        found[match.group(1)] = line
    return found


def direct(name: str) -> dict[str, str]:
    """Return the reason of every direct requirement: beside it, or in the comment on the line above."""
    found, above = {}, ""
    for line in (ROOT / f"{name}.in").read_text(encoding="utf-8").splitlines():
        requirement, sign, beside = line.partition("#")
        if match := _DIRECT.match(requirement):
            found[re.sub(r"[._]", "-", match.group(1).lower())] = sign + beside or above
        above = line if line.startswith("#") else ""
    return found


@pytest.mark.parametrize("name", [*NAMES, AWS_CLI, PEERS])
def test_every_locked_package_has_a_version_and_a_hash(name: str) -> None:
    """So that pip takes the very files that were looked at."""
    requirements = locked(name)
    if name == AWS_CLI:
        assert requirements.keys() == direct(name).keys()
    else:
        assert requirements.keys() > direct(name).keys()
    assert [package for package, line in requirements.items() if not _HASH.search(line)] == []


@pytest.mark.parametrize("name", [*NAMES, AWS_CLI, PEERS])
def test_nothing_is_locked_to_a_place_that_an_index_can_not_vouch_for(name: str) -> None:
    """No URL, no path, no other index: only names, versions and hashes."""
    text = (ROOT / f"{name}.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links|--trusted-host|^-e |^\.", text, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_every_direct_dependency_is_locked_and_has_its_reason(name: str) -> None:
    """Of at least two words, in one line."""
    reasons = direct(name)
    assert reasons
    assert reasons.keys() <= locked(name).keys()
    assert [package for package, reason in reasons.items() if not _REASON.fullmatch(reason)] == []


def test_make_installs_by_hash_only() -> None:
    """Every ``pip install`` of a lock file says so, and the rest installs this checkout without dependencies."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = [line for line in text.splitlines() if "pip install" in line]
    assert len(installs) >= 3
    assert re.search(r"^PIP_FLAGS := .*--require-hashes", text, re.MULTILINE)
    assert [line for line in installs if "$(PIP_FLAGS) -r" not in line and "--no-deps" not in line] == []
    assert "npm ci" in text
    assert "npm install" not in text


def test_every_node_package_has_its_integrity() -> None:
    """And the direct ones are pinned to one version."""
    lock: dict[str, Any] = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {path: entry for path, entry in lock["packages"].items() if path}
    assert packages
    assert [path for path, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")] == []
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert lock["packages"][""]["devDependencies"] == wanted
    assert [version for version in wanted.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_the_measurements_see_what_they_measure() -> None:
    """A test of the tests: what is missing would be found."""
    assert not _HASH.search("rich==15.0.0")
    assert not _REASON.fullmatch("")
    assert not _REASON.fullmatch("# x")
    assert not _PINNED.match("rich>=15")
    assert not _PINNED.match("rich @ https://example.com/rich.whl")
