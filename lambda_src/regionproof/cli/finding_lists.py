"""The lists under the table: open findings by rule, undecided findings, and exemptions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from regionproof.domain.findings import Compliance
from regionproof.rules.coverage_1 import RULE as COVERAGE

from .account_cells import indented, plain, severity_style

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from regionproof.domain.accounts import Account
    from regionproof.domain.findings import Finding
    from regionproof.domain.report import Report
    from regionproof.settings.shape import Exemption


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line about an account: a label (a severity or a rule) in a style, and a sentence."""

    label: str
    said: str
    account: Account
    style: str = ""


def finding_lists(report: Report) -> Iterator[RenderableType]:
    """Yield the lists that are not empty. Accounts with the same sentence are grouped."""
    for rule in dict.fromkeys(finding.rule for finding in report.open_findings):
        yield _of_rule([finding for finding in report.open_findings if finding.rule == rule])
    undecided = [_Entry(f.rule, f.verdict.sentence, f.account) for f in undecided_findings(report)]
    if undecided:
        yield _list("Undecided (data could not be read)", undecided)
    if exempt := list(_exempt(report)):
        yield _list("Exempt", exempt)


def _exempt(report: Report) -> Iterator[_Entry]:
    for finding in report.findings:
        if finding.is_noncompliant and finding.exemption:
            yield _Entry(finding.rule, _taken_on(finding, finding.exemption), finding.account)


def undecided_findings(report: Report) -> list[Finding]:
    """Return the findings without a verdict, except those that a ``Coverage.1`` finding already explains."""
    told = {
        finding.account.id for finding in report.findings if finding.rule == COVERAGE.id and finding.is_noncompliant
    }
    return [
        finding
        for finding in report.findings
        if finding.verdict.compliance is Compliance.INSUFFICIENT_DATA and finding.account.id not in told
    ]


def _of_rule(findings: list[Finding]) -> Group:
    first = findings[0]
    heading = f"{first.rule}: {len(findings)} noncompliant. Wanted: {first.title}."
    advice = [
        f"Risk: {first.risk}",
        *(f"Remedy: {remedy}" for remedy in dict.fromkeys(f.remediation for f in findings)),
    ]
    entries = [
        _Entry(f.verdict.severity, f.verdict.sentence, f.account, severity_style(f.verdict.severity)) for f in findings
    ]
    return Group(_list(heading, entries), *(indented(plain(text)) for text in advice))


def _list(heading: str, entries: Iterable[_Entry]) -> Group:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    accounts: dict[tuple[str, str, str], list[Account]] = defaultdict(list)
    for entry in entries:
        accounts[entry.label, entry.style, entry.said].append(entry.account)
    for (label, style, said), named in accounts.items():
        grid.add_row(Text(label, style), Group(_named(named), indented(plain(said))))
    return Group(plain(heading, "bold"), indented(grid))


def _named(accounts: Iterable[Account]) -> Table:
    """Return a line for each account. The ids have their own column, in which no name can imitate one."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column(overflow="fold", style="bold")
    for account in accounts:
        grid.add_row(plain(account.id), plain(account.name))
    return grid


def _taken_on(finding: Finding, exemption: Exemption) -> str:
    return f"until {exemption.until} by {exemption.owner}: {exemption.reason} ({finding.verdict.sentence})"
