"""Cases that people reported in public: the command line says what is true, and what to do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from .running import FILES, Case, cases, check, run
from .world import MANAGEMENT, World

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network
ALL = [case for name in FILES for case in cases(name)]


@pytest.fixture(autouse=True)
def _pauses_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock jump over the pauses before retries, which last up to minutes."""
    skipped, clock = [0.0], time.monotonic
    monkeypatch.setattr("time.sleep", lambda seconds: skipped.append(skipped.pop() + seconds))
    monkeypatch.setattr("time.monotonic", lambda: clock() + skipped[0])


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.about)
def test_a_case_from_the_public(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its file says must hold, holds: verdicts, exit code, what is said and what is not."""
    check(case, run(case, tmp_path, monkeypatch))
    assert not (tmp_path / "executed").exists()


def test_every_case_has_its_source_and_something_that_must_hold() -> None:
    """A case that cannot fail proves nothing."""
    assert all(case.source.startswith("https://") for case in ALL)
    assert all(case.holds or case.verdicts or case.accounts for case in ALL)


def test_the_management_account_is_never_named_to_list_regions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS refuses that: https://github.com/aws-samples/data-perimeter-helper/issues/8."""
    accounts = tuple({"Id": digit * 12} for digit in "123")
    case = Case(source="", about="", run="audit --format json", settings="access: root\n", aws=World(accounts=accounts))
    outcome = run(case, tmp_path, monkeypatch)
    named = {request.said.get("AccountId") for request in outcome.aws.asked if request.operation == "ListRegions"}
    assert outcome.status == 0
    assert named == {None, "222222222222", "333333333333"}
    assert MANAGEMENT not in named
