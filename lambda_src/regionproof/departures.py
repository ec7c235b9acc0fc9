"""Accounts that joined or left, and the findings that those who left leave behind. Pure.

A partial run has nothing to say of either: it looked at some accounts only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .domain.accounts import Account
from .domain.changes import Change, ChangeKind
from .domain.findings import Finding, Verdict, finding_id
from .rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .domain.ledger import Entry, Ledger
    from .domain.report import Report
    from .rules.declaration import Rule


def movements(report: Report, ledger: Ledger) -> Iterator[Change]:
    """Yield who joined and who left since people were last told. A first run has nothing to compare with."""
    if not ledger.is_first_run and not report.run.is_partial:
        listed = {result.account.id: result.account for result in report.accounts}
        yield from _joined(listed.values(), ledger)
        yield from _left(listed, ledger)


def _joined(listed: Iterable[Account], ledger: Ledger) -> Iterator[Change]:
    for account in listed:
        known = ledger.accounts.get(account.id)
        if account.is_open and (known is None or known.may_seem_absent):
            where = account.ou_path or "an unknown place"
            yield Change(ChangeKind.JOINED, account.id, account.name, f"It stands in {where}.")


def _left(listed: Mapping[str, Account], ledger: Ledger) -> Iterator[Change]:
    for account_id, known in sorted(ledger.accounts.items()):
        account = listed.get(account_id)
        if known.may_seem_present and not (account and account.is_open):
            yield Change(ChangeKind.LEFT, account_id, known.name, _why_left(account))


def departed_findings(report: Report, ledger: Ledger) -> Iterator[Finding]:
    """Yield the last findings of accounts that are no longer open, until their archiving has arrived."""
    if report.run.is_partial:
        return
    gone = _gone_and_not_archived(report, ledger)
    rules = {rule.id: rule for rule in all_rules()}
    for account_id, rule_id in sorted(ledger.entries):
        entry = ledger.entries[account_id, rule_id]
        if account_id in gone and entry.sent_at and rule_id in rules:
            yield _last_finding(report, account_id, gone[account_id], entry, rules[rule_id])


def _gone_and_not_archived(report: Report, ledger: Ledger) -> dict[str, str]:
    """Return the names of the accounts that are no longer open and whose findings still stand, by id.

    An account that only partial runs saw has no name.
    """
    settled = {result.account.id for result in report.accounts if result.account.is_open}
    settled |= {account_id for account_id, known in ledger.accounts.items() if known.archived}
    names = {account_id: known.name for account_id, known in ledger.accounts.items()}
    return {account_id: names.get(account_id, "") for account_id, _ in ledger.entries if account_id not in settled}


def _last_finding(report: Report, account_id: str, name: str, entry: Entry, rule: Rule) -> Finding:
    return Finding(
        id=finding_id(report.organization.id, account_id, rule.id),
        rule=rule.id,
        account=Account(account_id, name, "LEFT"),
        verdict=Verdict(entry.compliance, entry.severity, "The account is no longer open in the organization."),
        title=rule.title,
        risk=rule.risk,
        remediation=rule.remediation,
        reference=rule.reference,
        first_seen=entry.first_seen,
        last_seen=entry.last_seen,
    )


def _why_left(account: Account | None) -> str:
    return f"Its state is {account.state}." if account else "Organizations lists it no more."
