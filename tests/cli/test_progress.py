"""The progress bar."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from regionproof.cli.progress import progress_on
from regionproof.domain.facts import TokenVersion
from tests.support.builders import DENIED, an_account, some_facts

from .runs import ORDERS, FakeRun, FakeScreen, regionproof, settings_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from regionproof.audit.run import Progress

SEQUENCE = re.compile(r"\x1b\[[?0-9;]*[a-zA-Z]")
RUN = FakeRun({ORDERS: some_facts(TokenVersion(2)), "333333333333": some_facts(DENIED, DENIED)})


def test_a_terminal_sees_how_far_the_run_is_and_what_was_not_read(tmp_path: Path) -> None:
    """On stderr, while the answer goes into a pipe."""
    ended = regionproof("audit", "--settings", settings_file(tmp_path), run=RUN, stderr=FakeScreen())
    assert "listing the organization" in ended.stderr
    assert "reading accounts: 3/3, 1 not read" in ended.stderr
    assert "?" not in SEQUENCE.sub("", ended.stderr)
    assert "reading accounts" not in ended.stdout


def last_shown(report: Callable[[Progress], None]) -> str:
    """Return what a terminal of 80 columns shows after these reports, before the drawing is taken away."""
    screen = FakeScreen()
    with progress_on(screen) as progress:
        report(progress)
    return [line for line in SEQUENCE.sub("", screen.getvalue()).replace("\r", "\n").splitlines() if line.strip()][-1]


def list_and_read(progress: Progress) -> None:
    """Report 500 pages of a listing, and two accounts that are read meanwhile."""
    for _ in range(500):
        progress.listed(20)
    progress.read(an_account(), some_facts(TokenVersion(2)))
    progress.read(an_account(), some_facts(DENIED, DENIED))


def test_while_the_organization_is_listed_a_terminal_sees_what_is_listed_and_read_so_far() -> None:
    """Large organizations are listed for minutes, and their accounts are read meanwhile."""
    said = last_shown(list_and_read)
    assert said.startswith("listing: 10,000 accounts so far, 2 read, 1 not read ")
    assert re.search(r" \d:\d\d:\d\d *$", said)
    assert len(said) <= 80


def test_once_all_are_listed_a_terminal_sees_how_many_are_left() -> None:
    """Those that were read meanwhile count."""

    def report(progress: Progress) -> None:
        list_and_read(progress)
        progress.started(9_990)

    said = last_shown(report)
    assert said.startswith("reading accounts: 2/9,990, 1 not read ")
    assert re.search(r" \d:\d\d:\d\d *$", said)


def test_a_pipe_sees_no_progress(tmp_path: Path) -> None:
    """Also while stdout is a terminal."""
    ended = regionproof("audit", "--settings", settings_file(tmp_path), run=RUN, stdout=FakeScreen())
    assert ended.stderr == ""


def test_the_cursor_is_there_again_at_the_end(tmp_path: Path) -> None:
    """The bar hides it while it draws."""
    stderr = regionproof("audit", "--settings", settings_file(tmp_path), run=RUN, stderr=FakeScreen()).stderr
    assert stderr.rindex("\x1b[?25h") > stderr.rindex("\x1b[?25l")
