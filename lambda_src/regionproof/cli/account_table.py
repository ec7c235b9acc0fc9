"""The table of accounts: one row per account, the worst first.

Three layouts of the same cells: one column each in a wide terminal, three stacked columns in a narrower one, and
one column in a very narrow one. Without boxes: a pipe gets only text.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from regionproof.domain.accounts import AccountState
from regionproof.domain.findings import Compliance, Severity

from . import account_cells as cells
from .account_cells import AccountRow, indented, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import RenderableType

    from regionproof.domain.findings import Finding
    from regionproof.domain.report import Report

WIDE_FROM = 200
"""Columns of the terminal from which every cell gets its own column."""

STACKED_FROM = 80
"""Columns of the terminal from which the stacked columns break no id and no verdict."""

_LONGEST_VERDICT = max(len(f"{Compliance.NON_COMPLIANT} {severity}") for severity in (Severity.HIGH, Severity.MEDIUM))
"""Columns of the longest verdict that a rule gives: ``NON_COMPLIANT MEDIUM``."""

_OBSERVED_WIDTH = len("ap-southeast-4 DISABLING")

_WIDE_GAP = (0, 2, 0, 0)
_STACKED_GAP = (0, 2, 1, 0)
"""Two columns between cells; between stacked rows, which have several lines, a blank line too."""


@dataclass(frozen=True, slots=True)
class _Column:
    """One column. ``width`` is fixed if a break would split an id or an AWS term; None: the remaining width."""

    heading: str
    cell: Callable[[AccountRow], RenderableType]
    width: int | None = None


def account_table(report: Report, width: int) -> Table:
    """Return the table of all accounts for a terminal of this many columns."""
    columns = _columns(width, report.rules)
    table = Table(box=None, pad_edge=False, padding=_WIDE_GAP if width >= WIDE_FROM else _STACKED_GAP)
    for column in columns:
        table.add_column(column.heading, width=column.width, overflow="fold")
    for row in account_rows(report):
        table.add_row(*(column.cell(row) for column in columns))
    return table


def account_rows(report: Report) -> list[AccountRow]:
    """Return every account with its findings, ordered by the worst open finding, then by missing facts, then by id.

    A run that was asked for some accounts shows these only; the others would bury them.
    """
    by_account: dict[str, dict[str, Finding]] = defaultdict(dict)
    for finding in report.findings:
        by_account[finding.account.id][finding.rule] = finding
    wanted = report.run.requested or {result.account.id for result in report.accounts}
    rows = [AccountRow(result, by_account[result.account.id]) for result in report.accounts]
    return sorted((row for row in rows if row.id in wanted), key=_worst_first)


def _worst_first(row: AccountRow) -> tuple[int, bool, bool, bool, str]:
    open_ones = [finding for finding in row.findings.values() if finding.is_open]
    worst = max((finding.verdict.severity.rank for finding in open_ones), default=-1)
    looked_at = row.result.facts is not None
    exempt = any(finding.is_noncompliant for finding in row.findings.values())
    return -worst, not looked_at, row.result.audited, not exempt, row.id


def _columns(width: int, rules: Sequence[str]) -> tuple[_Column, ...]:
    if width >= WIDE_FROM:
        return _wide(rules)
    stacked = _stacked(rules, width)
    if width >= STACKED_FROM:
        return stacked
    who, *others = stacked
    return (_Column("ACCOUNT", lambda row: Group(who.cell(row), *(indented(other.cell(row)) for other in others))),)


def _wide(rules: Sequence[str]) -> tuple[_Column, ...]:
    return (
        _Column("ACCOUNT", cells.identifier, width=12),
        _Column("NAME", cells.name),
        _Column("OU PATH", cells.ou_path),
        _Column("STATE", cells.state),
        _Column("TOKEN", cells.token_version, width=8),
        _Column("OPT-IN REGIONS", cells.opt_in_regions, width=_OBSERVED_WIDTH),
        *(_Column(rule.upper(), partial(cells.verdict, rule=rule), width=_LONGEST_VERDICT) for rule in rules),
        _Column("NOT READ", _not_read_or_nothing),
    )


def _stacked(rules: Sequence[str], width: int) -> tuple[_Column, ...]:
    half_of_the_rest = (width - _OBSERVED_WIDTH) // 2 - _STACKED_GAP[1]
    longest_verdict = max(map(len, rules), default=0) + 1 + _LONGEST_VERDICT
    return (
        _Column("ACCOUNT", _who),
        _Column("OBSERVED", _observed, width=_OBSERVED_WIDTH),
        _Column("VERDICTS", partial(_verdicts, rules=rules), width=max(half_of_the_rest, longest_verdict)),
    )


def _who(row: AccountRow) -> Group:
    state = cells.state(row)
    place = (indented(cells.name(row)), indented(cells.ou_path(row)))
    if state.plain == AccountState.ACTIVE:
        return Group(Text.assemble(cells.identifier(row), " ", state), *place)
    return Group(cells.identifier(row), indented(state), *place)  # the others are too long for the line of the id


def _observed(row: AccountRow) -> Text:
    token = Text.assemble("token version: ", cells.token_version(row))
    return lines([token, Text("opt-in Regions:"), cells.opt_in_regions(row)])


def _verdicts(row: AccountRow, rules: Sequence[str]) -> Text:
    judged = [Text.assemble(f"{rule} ", cells.verdict(row, rule)) for rule in rules if rule in row.findings]
    missing = cells.not_read(row)
    return lines([*judged, missing] if missing else judged)


def _not_read_or_nothing(row: AccountRow) -> Text:
    return cells.not_read(row) or Text("-")
