"""The progress bar of a run: on stderr, and only if that is a terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from regionproof.audit.run import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import AccountFacts

_BAR_WIDTH = 15
"""Columns of the bar: the part of 80 that the words leave."""


@contextmanager
def progress_on(stderr: TextIO) -> Iterator[Progress]:
    """Give a ``Progress`` that draws on stderr until the block ends, and then takes its drawing away."""
    if not stderr.isatty():
        yield Progress()
        return
    with _bar(stderr) as bar:
        shown = _ShownProgress(bar)
        yield Progress(listed=shown.listed, started=shown.started, read=shown.read)


def _bar(stderr: TextIO) -> Bar:
    columns = (TextColumn("{task.description}"), BarColumn(_BAR_WIDTH), TimeElapsedColumn())
    return Bar(*columns, console=Console(file=stderr), transient=True)


class _ShownProgress:
    """Moves one bar: without an end while the organization is listed, then account by account."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task = bar.add_task("listing the organization", total=None)
        self._listed = self._read = self._not_read = 0
        self._total: int | None = None

    def listed(self, accounts: int) -> None:
        """Count the accounts of one page."""
        self._listed += accounts
        self._show()

    def started(self, total: int) -> None:
        """Set the number of accounts to read."""
        self._total = total
        self._show()

    def read(self, _account: Account, facts: AccountFacts) -> None:
        """Count one account that is done."""
        self._read += 1
        self._not_read += not facts.complete
        self._show()

    def _show(self) -> None:
        if self._total is None:
            said = f"listing: {self._listed:,} accounts so far, {self._read:,} read"
        else:
            said = f"reading accounts: {self._read:,}/{self._total:,}"
        if self._not_read:
            said = f"{said}, {self._not_read:,} not read"
        self._bar.update(self._task, description=said, completed=self._read, total=self._total)
