"""The progress bar of a run: on stderr, and only where that is a terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from regionproof.audit import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import AccountFacts


@contextmanager
def progress_on(stderr: TextIO) -> Iterator[Progress]:
    """Give a ``Progress`` that draws on stderr until the block ends, and then takes its drawing away."""
    if not stderr.isatty():
        yield Progress()
        return
    with _bar(stderr) as bar:
        shown = _ShownProgress(bar)
        yield Progress(started=shown.started, read=shown.read)


def _bar(stderr: TextIO) -> Bar:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Bar(*columns, console=Console(file=stderr), transient=True)


class _ShownProgress:
    """Moves one bar: first without an end, while the organization is listed, then account by account."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task = bar.add_task("listing the organization", total=None)
        self._not_read = 0

    def started(self, total: int) -> None:
        """Set the number of accounts."""
        self._bar.update(self._task, description="reading accounts", total=total)

    def read(self, _account: Account, facts: AccountFacts) -> None:
        """Count one account that is done."""
        self._not_read += not facts.complete
        description = f"reading accounts, {self._not_read} not read" if self._not_read else "reading accounts"
        self._bar.update(self._task, advance=1, description=description)
