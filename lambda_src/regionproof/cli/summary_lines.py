"""The summary at the end: accounts, audited accounts, findings, and the meaning of the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from .account_cells import plain
from .exit_status import ExitStatus, exit_status, result_sentence

if TYPE_CHECKING:
    from regionproof.domain.report import Report

_STYLES = {ExitStatus.COMPLIANT: "green", ExitStatus.NONCOMPLIANT: "bold red", ExitStatus.INCOMPLETE: "yellow"}


def summary_lines(report: Report) -> Table:
    """Return the summary as a grid of topics and sentences."""
    status = exit_status(report)
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column(overflow="fold")
    grid.add_row("Accounts", _accounts(report))
    grid.add_row("Audited", _audited(report))
    grid.add_row("Noncompliant", _noncompliant(report))
    grid.add_row("Run", _run(report))
    grid.add_row("Result", Text(f"exit code {status.value}: {result_sentence(report)}", _STYLES[status]))
    return grid


def _accounts(report: Report) -> str:
    count = report.summary()
    return (
        f"{count['accounts_listed']} listed: {count['accounts_in_scope']} in scope, "
        f"{count['accounts_not_open']} not ACTIVE, {count['accounts_out_of_scope']} out of scope"
    )


def _audited(report: Report) -> str:
    asked = f"; asked for {len(report.run.requested)} only" if report.run.is_partial else ""
    return f"{len(report.audited)} audited, {len(report.not_audited)} not audited{asked}"


def _noncompliant(report: Report) -> str:
    by_rule = ", ".join(f"{rule} {number}" for rule, number in report.noncompliant_by_rule.items())
    return f"{by_rule}; exempt {report.summary()['exempt']}"


def _run(report: Report) -> Text:
    identity = report.run.identity
    return plain(
        f"organization {report.organization.id}, from account {identity.account_id} in {identity.region}, "
        f"{report.run.duration_seconds:.1f} s"
    )
