"""Remember: build the next ledger from the observations of a run and from what arrived. Pure.

The first half of this file updates the entries, one per account and rule. The second half updates the accounts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from regionproof.domain.changes import ChangeKind
from regionproof.domain.facts import RegionOptStatuses, uses_opt_in_region
from regionproof.domain.findings import Compliance
from regionproof.domain.ledger import LONGEST_NAME, Entry, Intent, KnownAccount, Ledger
from regionproof.domain.untrusted_text import shorten

from .delivery import NOTHING_SENT_YET, Delivery
from .unaudited import Unaudited

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from regionproof.domain.changes import Change
    from regionproof.domain.findings import Finding
    from regionproof.domain.ledger import EntryKey
    from regionproof.domain.reconciliation import Reconciliation
    from regionproof.domain.report import AccountResult, Report

__all__ = ["FORGET_AFTER", "NOTHING_SENT_YET", "Delivery", "intend", "remember"]

FORGET_AFTER = timedelta(days=90)
"""How long to keep an account that left. If it returns within this time, it keeps its history."""

_MOVES = frozenset({ChangeKind.JOINED, ChangeKind.LEFT})


def intend(reconciliation: Reconciliation) -> Ledger:
    """Return the ledger with the observations of a run, and with every change that it is about to report."""
    run = reconciliation.report.run
    return replace(remember(reconciliation, NOTHING_SENT_YET), intent=Intent(run.id, run.started_at))


def remember(reconciliation: Reconciliation, delivery: Delivery) -> Ledger:
    """Return the ledger after a run, based on the ledger that its report was compared with."""
    run = _FinishedRun(reconciliation, delivery)
    unaudited = Unaudited.of(reconciliation, delivery)
    accounts = _accounts_after_partial_run(run) if run.is_partial else _accounts_after_full_run(run, unaudited)
    entries = _updated_entries(run)
    return replace(
        run.ledger,
        accounts=accounts,
        entries=entries if run.is_partial else _kept_entries(entries, accounts, run, unaudited),
        intent=None,
        unreported_set_aside=_unreported_set_aside(run),
        rules_off_alerted=tuple(sorted(unaudited.rules)),
        orphans_unchecked=unaudited.orphans_unchecked,
        orphans_not_alerted=unaudited.orphans_not_alerted,
        settings_alerted=_settings_alerted(run),
    )


@dataclass(frozen=True)
class _FinishedRun:
    """A run with its changes, and which of them arrived."""

    reconciliation: Reconciliation
    delivery: Delivery

    @cached_property
    def change_by_finding(self) -> dict[str, Change]:
        """Return the changes of findings, by finding id."""
        return {change.finding.id: change for change in self.reconciliation.changes if change.finding}

    @cached_property
    def move_by_account(self) -> dict[str, Change]:
        """Return the changes of accounts that joined or left, by account id."""
        return {change.account_id: change for change in self.reconciliation.changes if change.kind in _MOVES}

    @property
    def report(self) -> Report:
        """Return the report of the run."""
        return self.reconciliation.report

    @property
    def ledger(self) -> Ledger:
        """Return the ledger from before the run."""
        return self.reconciliation.ledger

    @property
    def started_at(self) -> datetime:
        """Return the start of the run."""
        return self.report.run.started_at

    @property
    def is_partial(self) -> bool:
        """Return whether the run read only requested accounts."""
        return self.report.run.is_partial


def _unreported_set_aside(run: _FinishedRun) -> str:
    reset_changes = (change for change in run.reconciliation.changes if change.kind is ChangeKind.LEDGER_SET_ASIDE)
    return "" if any(map(run.delivery.was_alerted, reset_changes)) else run.ledger.unreported_set_aside


def _settings_alerted(run: _FinishedRun) -> tuple[str, ...]:
    """Return the keys of the settings without effect that alerts have reported. Drop those that were corrected."""
    before = run.ledger.settings_alerted
    if run.is_partial:
        return before
    changes = run.reconciliation.changes
    alerted = {change.setting.key for change in changes if change.setting and run.delivery.was_alerted(change)}
    return tuple(sorted({*before, *alerted}.intersection(notice.key for notice in run.report.settings_notices)))


# Entries


def _updated_entries(run: _FinishedRun) -> dict[EntryKey, Entry]:
    entries = {**run.ledger.entries, **dict(_archived_entries(run))}
    for finding in run.report.findings:
        key = (finding.account.id, finding.rule)
        if entry := _updated_entry(finding, run.ledger.entries.get(key), run):
            entries[key] = entry
    return entries


def _archived_entries(run: _FinishedRun) -> Iterator[tuple[EntryKey, Entry]]:
    """Yield the entries of departed findings that Security Hub archived."""
    entries = run.ledger.entries
    for finding in run.reconciliation.departed:
        key = (finding.account.id, finding.rule)
        if finding.id in run.delivery.imported and key in entries:
            yield key, replace(entries[key], sent_at=run.reconciliation.updated_at(finding), archived=True)


def _updated_entry(finding: Finding, before: Entry | None, run: _FinishedRun) -> Entry | None:
    """Return the entry of a finding after the run. Keep the entry if another run saw the finding later."""
    seen_later = (finding.account.id, finding.rule) in run.reconciliation.seen_later.entries
    if seen_later or finding.verdict.compliance is Compliance.INSUFFICIENT_DATA:
        return before
    entry = _with_observation(finding, before)
    if finding.id in run.delivery.imported:
        archived = finding.verdict.compliance is Compliance.NOT_APPLICABLE
        entry = replace(entry, sent_at=run.reconciliation.updated_at(finding), archived=archived)
    return _with_alert_state(finding, entry, run)


def _with_observation(finding: Finding, before: Entry | None) -> Entry:
    verdict, now = finding.verdict, finding.last_seen
    if before is None:
        return Entry(now, now, now, verdict.compliance, verdict.severity)
    unchanged = (before.compliance, before.severity) == (verdict.compliance, verdict.severity)
    return replace(
        before,
        first_seen=min(before.first_seen, now),  # a clock that went back must not make the ledger impossible
        last_seen=now,
        last_change=before.last_change if unchanged else now,
        compliance=verdict.compliance,
        severity=verdict.severity,
    )


def _with_alert_state(finding: Finding, entry: Entry, run: _FinishedRun) -> Entry:
    """Record what alerts have reported or may have reported.

    If the run had no change to report for the finding and its alert was sent, earlier alerts match the actual state.
    """
    open_severity = finding.verdict.severity if finding.is_open else None
    change = run.change_by_finding.get(finding.id)
    if change is None:
        return entry.alerted(open_severity) if run.delivery.alert_sent else entry
    if run.delivery.may_have_been_alerted(change):
        return entry.possibly_alerted(open_severity)
    if run.delivery.was_alerted(change):
        return _with_alert_time(finding, entry, change).alerted(open_severity)
    return entry


def _with_alert_time(finding: Finding, entry: Entry, change: Change) -> Entry:
    if change.kind is ChangeKind.EXEMPTION_ENDING and finding.exemption:
        entry = replace(entry, exemption_end_alerted=finding.exemption.until)
    return replace(entry, alerted_at=finding.last_seen)


def _kept_entries(
    entries: Mapping[EntryKey, Entry], accounts: Mapping[str, KnownAccount], run: _FinishedRun, unaudited: Unaudited
) -> dict[EntryKey, Entry]:
    """Return the entries of accounts that stay in the ledger, without the alert state of those not audited."""
    return {
        key: unaudited.reset(key, _reset_if_departed(entry, accounts.get(key[0])))
        for key, entry in entries.items()
        if key[0] in accounts or key[0] in run.reconciliation.seen_later.accounts
    }


def _reset_if_departed(entry: Entry, account: KnownAccount | None) -> Entry:
    """Reset the alert state after an alert reported that the account left.

    If the account returns, its open findings are then reported again.
    """
    if account is None or account.left is None or not account.may_seem_absent:
        return entry
    return entry.possibly_alerted(None) if account.presence_uncertain else replace(entry.alerted(None), alerted_at=None)


# Accounts


def _accounts_after_partial_run(run: _FinishedRun) -> dict[str, KnownAccount]:
    """Return the accounts as they were, with the opt-in Regions of the requested ones.

    Reset ``out_of_scope_alerted`` of the accounts that were read: if they leave the scope again, that is reported
    again. An account that no full run has listed is not added.
    """
    accounts = dict(run.ledger.accounts)
    for result in run.report.targets:
        if known := accounts.get(result.account.id):
            accounts[result.account.id] = _with_regions(replace(known, out_of_scope_alerted=False), result, run)
    return accounts


def _accounts_after_full_run(run: _FinishedRun, unaudited: Unaudited) -> dict[str, KnownAccount]:
    """Return present and departed accounts. Keep the records of accounts that another run saw join or leave."""
    seen_later = run.reconciliation.seen_later.accounts
    present = {
        result.account.id: replace(
            _present_account(result, run), out_of_scope_alerted=result.account.id in unaudited.accounts
        )
        for result in run.report.accounts
        if result.account.is_active
    }
    departed = {
        account_id: known
        for account_id, known in _departed_accounts(run)
        if account_id not in present and account_id not in seen_later
    }
    unchanged = {account_id: known for account_id, known in run.ledger.accounts.items() if account_id in seen_later}
    return {**present, **departed, **unchanged}


def _present_account(result: AccountResult, run: _FinishedRun) -> KnownAccount:
    """Return an account that is active now. On a first run, its presence counts as reported."""
    account = result.account
    known = run.ledger.accounts.get(account.id) or KnownAccount(
        account.name, run.started_at, presence_alerted=run.ledger.is_first_run
    )
    present = replace(known, name=shorten(account.name, LONGEST_NAME), left=None)
    return _with_regions(_with_reported_move(present, account.id, run), result, run)


def _departed_accounts(run: _FinishedRun) -> Iterator[tuple[str, KnownAccount]]:
    """Yield all accounts of the ledger as departed, apart from those that are to be forgotten.

    An account is forgotten only after its findings were archived and an alert reported that it left.
    """
    departed, imported = run.reconciliation.departed, run.delivery.imported
    unarchived = {finding.account.id for finding in departed if finding.id not in imported}
    seen_by_partial_runs = {
        account_id: KnownAccount("", run.started_at, presence_alerted=False) for account_id, _ in run.ledger.entries
    }
    for account_id, known in {**seen_by_partial_runs, **run.ledger.accounts}.items():
        left = known.left or run.started_at
        account = _with_reported_move(replace(known, left=left), account_id, run)
        if run.started_at - left <= FORGET_AFTER or account_id in unarchived or account.may_seem_present:
            yield account_id, account


def _with_reported_move(known: KnownAccount, account_id: str, run: _FinishedRun) -> KnownAccount:
    """Record whether an alert reported, or may have reported, that an account joined or left."""
    move = run.move_by_account.get(account_id)
    if move and run.delivery.may_have_been_alerted(move):
        return replace(known, presence_uncertain=True)
    if move and run.delivery.was_alerted(move):
        return replace(known, presence_alerted=move.kind is ChangeKind.JOINED, presence_uncertain=False)
    return known


def _with_regions(known: KnownAccount, result: AccountResult, run: _FinishedRun) -> KnownAccount:
    """Record whether the account uses an opt-in Region, if this run read it and no other run read it later."""
    read_later = result.account.id in run.reconciliation.seen_later.regions
    if read_later or not result.facts or not result.facts.get(RegionOptStatuses):
        return known
    in_use = uses_opt_in_region(result.facts, None)
    return replace(known, uses_opt_in_region=in_use, opt_in_read_at=run.started_at)
