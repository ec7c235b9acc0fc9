"""The cells of an account's row: pure functions from a result to Rich texts, safe against hostile names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from regionproof.domain.accounts import AccountState
from regionproof.domain.facts import RegionOptStatuses, TokenVersion
from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.untrusted_text import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import RenderableType

    from regionproof.domain.findings import Finding
    from regionproof.domain.report import AccountResult

NOT_READ = "not read"
NOT_JUDGED = "not judged"
_QUIET = "dim"
_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFORMATIONAL: "",
}


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account with its findings by rule."""

    result: AccountResult
    findings: Mapping[str, Finding]

    @property
    def id(self) -> str:
        """Return the account id."""
        return self.result.account.id


def plain(text: str, style: str = "") -> Text:
    """Return untrusted text as one line, without markup or control characters."""
    return Text(sanitize_line(text), style=style)


def indented(part: RenderableType) -> Padding:
    """Indent a part: none of its lines starts in the column of account ids, wherever its text is broken."""
    return Padding(part, (0, 0, 0, 2))


def lines(parts: Iterable[Text]) -> Text:
    """Return the parts below each other."""
    return Text("\n").join(parts)


def severity_style(severity: Severity) -> str:
    """Return the Rich style of a severity."""
    return _STYLES[severity]


def identifier(row: AccountRow) -> Text:
    """Return the account id."""
    return plain(row.id, "bold")


def name(row: AccountRow) -> Text:
    """Return the name of the account."""
    return plain(row.result.account.name)


def ou_path(row: AccountRow) -> Text:
    """Return the way through the tree; an account that the tree did not show has none."""
    path = row.result.account.ou_path
    return plain(path) if path else Text("OU not known", _QUIET)


def state(row: AccountRow) -> Text:
    """Return the state of the account, marked if it is not ACTIVE."""
    shown = row.result.account.state
    return plain(shown, "" if shown == AccountState.ACTIVE else "magenta")


def token_version(row: AccountRow) -> Text:
    """Return ``1``, ``2`` or ``not read``."""
    known = row.result.facts and row.result.facts.get(TokenVersion)
    return Text(str(known.version)) if known else Text(NOT_READ, _QUIET)


def opt_in_regions(row: AccountRow) -> Text:
    """Return the opt-in Regions in use or about to be with their status, ``none in use``, or ``not read``."""
    known = row.result.facts and row.result.facts.get(RegionOptStatuses)
    if not known:
        return Text(NOT_READ, _QUIET)
    in_use = [plain(f"{region} {known.opt_in[region]}") for region in known.in_use_or_about_to_be]
    return lines(in_use) if in_use else Text("none in use")


def verdict(row: AccountRow, rule: str) -> Text:
    """Return the compliance under a rule, with the severity and the exemption of a noncompliant one."""
    finding = row.findings.get(rule)
    if finding is None:
        return Text(NOT_JUDGED, _QUIET)
    compliance = finding.verdict.compliance
    if finding.exemption and finding.is_noncompliant:
        return Text(f"{compliance} exempt\nuntil {finding.exemption.until}")
    if finding.is_noncompliant:
        return Text(f"{compliance} {finding.verdict.severity}", severity_style(finding.verdict.severity))
    return Text(compliance, {Compliance.COMPLIANT: "green", Compliance.INSUFFICIENT_DATA: "yellow"}.get(compliance, ""))


def not_read(row: AccountRow) -> Text:
    """Return the failed reads with their errors, or why the run did not read; empty: everything was read."""
    facts = row.result.facts
    if facts is None:
        return Text(_why_not_looked(row), _QUIET)
    named = dict.fromkeys(f"{unread.call} {unread.code}" for unread in facts.read_failures)
    failed = [plain(name, "yellow") for name in named]
    return lines([*failed, *(plain(not_tried.reason, "yellow") for not_tried in facts.not_tried)])


def _why_not_looked(row: AccountRow) -> str:
    if not row.result.account.is_active:
        return "only ACTIVE accounts are audited"
    return "this run was not asked for it" if row.result.in_scope else "out of the scope of the settings"
