"""Departures: accounts that left or are out of scope, and rules that are switched off. Pure.

No run will update their findings again, so they are archived in Security Hub and announced once. A partial run reports
no departures, because it reads only some accounts.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from regionproof.domain.accounts import Account
from regionproof.domain.changes import Change, ChangeKind
from regionproof.domain.findings import Finding, Verdict, finding_id
from regionproof.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regionproof.domain.ledger import EntryKey, Ledger
    from regionproof.domain.report import AccountResult, Report

LEFT = "The account left the organization or is not active."
OUT_OF_SCOPE = "The account is outside the scope of the audit."
RULE_OFF = "The rule is switched off."
"""Why a finding is archived. The finding shows this as its description."""

LEFT_OUT = "The scope in regionproof.yaml does not include this account."
NOT_FIXED = "RegionProof stops reporting them, but they may not be fixed."
NO_SUCH_RULE = "This version of RegionProof does not have this rule."
REFERENCE = "https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html"
"""Used in the archived finding of a rule that this version does not have."""


def joined_and_left(report: Report, ledger: Ledger) -> Iterator[Change]:
    """Yield the accounts that joined, left or went out of scope, and the rules that were switched off.

    Yield only changes that no alert has reported yet. A first run reports no joins and departures of accounts, because
    it has no earlier list. It still withdraws findings that partial runs reported before it.
    """
    if report.run.is_partial:
        return
    joined: frozenset[str] = frozenset()
    if not ledger.is_first_run:
        joined = frozenset(result.account.id for result in report.accounts if _is_joining(result.account, ledger))
        yield from _joined(report, ledger, joined)
        yield from _left({result.account.id: result.account for result in report.accounts}, ledger)
    yield from _out_of_scope(report, ledger, joined)
    yield from _rules_off(report, ledger)


def _is_joining(account: Account, ledger: Ledger) -> bool:
    known = ledger.accounts.get(account.id)
    return account.is_active and (known is None or known.may_seem_absent)


def _joined(report: Report, ledger: Ledger, joined: frozenset[str]) -> Iterator[Change]:
    """Yield the accounts that joined. If one is out of scope, this change mentions it; there is no second change."""
    open_findings = _open_findings(ledger)
    for result in report.accounts:
        account = result.account
        if account.id in joined:
            detail = f"It is in {account.ou_path}." if account.ou_path else "Its organizational unit is unknown."
            if _is_left_out(result):
                detail = f"{detail} {LEFT_OUT}"
                if count := open_findings[account.id]:
                    detail = f"{detail} Open findings: {count}. {NOT_FIXED}"
            yield Change(ChangeKind.JOINED, account.id, account.name, detail)


def _open_findings(ledger: Ledger) -> Counter[str]:
    """Return, by account, the number of findings that were last reported as open."""
    return Counter(account_id for (account_id, _), entry in ledger.entries.items() if entry.alerted_severity)


def _left(listed: Mapping[str, Account], ledger: Ledger) -> Iterator[Change]:
    for account_id, known in sorted(ledger.accounts.items()):
        account = listed.get(account_id)
        if known.may_seem_present and not (account and account.is_active):
            yield Change(ChangeKind.LEFT, account_id, known.name, _why_left(account))


def _out_of_scope(report: Report, ledger: Ledger, joined: frozenset[str]) -> Iterator[Change]:
    """Yield the accounts that earlier runs audited and that the scope now leaves out, except those that joined."""
    open_findings = _open_findings(ledger)
    audited_before = {account_id for account_id, _ in ledger.entries}
    for account in (result.account for result in report.accounts if _is_left_out(result)):
        known = ledger.accounts.get(account.id)
        known_out = account.id in joined or (known is not None and known.out_of_scope_alerted)
        if account.id in audited_before and not known_out:
            detail = f"{LEFT_OUT} Open findings: {open_findings[account.id]}. {NOT_FIXED}"
            yield Change(ChangeKind.OUT_OF_SCOPE, account.id, account.name, detail)


def _rules_off(report: Report, ledger: Ledger) -> Iterator[Change]:
    """Yield one change for each rule that is switched off and still has findings in an alert or in Security Hub."""
    in_scope = {result.account.id for result in report.accounts if result.account.is_active and result.in_scope}
    off = [
        (rule, entry)
        for (account_id, rule), entry in ledger.entries.items()
        if rule not in report.rules and rule not in ledger.rules_off_alerted and account_id in in_scope
    ]
    findings = Counter(rule for rule, entry in off if entry.alerted_severity or entry.is_shown)
    open_findings = Counter(rule for rule, entry in off if entry.alerted_severity)
    for rule, count in sorted(findings.items()):
        counts = f"Findings: {count}, open: {open_findings[rule]}."
        detail = f"Rule {rule} is switched off in regionproof.yaml. {counts} {NOT_FIXED}"
        yield Change(ChangeKind.RULE_OFF, "", "", detail, rule=rule)


def findings_to_archive(report: Report, ledger: Ledger) -> Iterator[Finding]:
    """Yield the last findings of departed accounts and rules, until Security Hub has archived them."""
    if report.run.is_partial:
        return
    results = {result.account.id: result for result in report.accounts}
    for key in sorted(key for key, entry in ledger.entries.items() if entry.is_shown):
        if reason := _archive_reason(results.get(key[0]), key[1], report):
            yield _last_finding(report, key, ledger, reason)


def _archive_reason(result: AccountResult | None, rule: str, report: Report) -> str | None:
    if result is None or not result.account.is_active:
        return LEFT
    if not result.in_scope:
        return OUT_OF_SCOPE
    return None if rule in report.rules else RULE_OFF


def _is_left_out(result: AccountResult) -> bool:
    return result.account.is_active and not result.in_scope


def _last_finding(report: Report, key: EntryKey, ledger: Ledger, reason: str) -> Finding:
    """Return a finding as it was last observed. The name is empty if only partial runs saw the account."""
    account_id, rule_id = key
    known, entry = ledger.accounts.get(account_id), ledger.entries[key]
    rule = next((rule for rule in all_rules() if rule.id == rule_id), None)
    return Finding(
        id=finding_id(report.organization.id, account_id, rule_id),
        rule=rule_id,
        account=Account(account_id, known.name if known else "", "LEFT"),
        verdict=Verdict(entry.compliance, entry.severity, reason),
        title=rule.title if rule else NO_SUCH_RULE,
        risk=rule.risk if rule else NO_SUCH_RULE,
        remediation=rule.remediation if rule else NO_SUCH_RULE,
        reference=rule.reference if rule else REFERENCE,
        first_seen=entry.first_seen,
        last_seen=entry.last_seen,
    )


def _why_left(account: Account | None) -> str:
    return f"Its state is {account.state}." if account else "AWS Organizations no longer lists it."
