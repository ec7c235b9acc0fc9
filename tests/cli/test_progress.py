"""The progress bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.facts import TokenVersion
from tests.builders import DENIED, some_facts

from .runs import ORDERS, FakeRun, FakeScreen, regionproof, settings_file

if TYPE_CHECKING:
    from pathlib import Path

RUN = FakeRun({ORDERS: some_facts(TokenVersion(2)), "333333333333": some_facts(DENIED, DENIED)})


def test_a_terminal_sees_how_far_the_run_is_and_what_was_not_read(tmp_path: Path) -> None:
    """On stderr, while the answer goes into a pipe."""
    ended = regionproof("audit", "--settings", settings_file(tmp_path), run=RUN, stderr=FakeScreen())
    assert "listing the organization" in ended.stderr
    assert "reading accounts, 1 not read" in ended.stderr
    assert "3/3" in ended.stderr
    assert "reading accounts" not in ended.stdout


def test_a_pipe_sees_no_progress(tmp_path: Path) -> None:
    """Also while stdout is a terminal."""
    ended = regionproof("audit", "--settings", settings_file(tmp_path), run=RUN, stdout=FakeScreen())
    assert ended.stderr == ""


def test_the_cursor_is_there_again_at_the_end(tmp_path: Path) -> None:
    """The bar hides it while it draws."""
    stderr = regionproof("audit", "--settings", settings_file(tmp_path), run=RUN, stderr=FakeScreen()).stderr
    assert stderr.rindex("\x1b[?25h") > stderr.rindex("\x1b[?25l")
