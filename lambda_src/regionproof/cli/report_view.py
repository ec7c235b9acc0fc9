"""The report for a person: the table of accounts, the findings, the summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .account_table import account_table
from .finding_lists import finding_lists
from .summary_lines import summary_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType

    from regionproof.domain.report import Report


def report_view(report: Report, width: int) -> Iterator[RenderableType]:
    """Yield the parts of the report, for a terminal of this many columns."""
    yield account_table(report, width)
    yield from finding_lists(report)
    yield summary_lines(report)


def rendered(report: Report, console: Console) -> str:
    """Return the report as this console would show it: its width, its colours or none. Nothing is written."""
    with console.capture() as captured:
        for part in report_view(report, console.width):
            console.print(part)
            console.print()
    return "".join(f"{line.rstrip()}\n" for line in captured.get().rstrip().split("\n"))
