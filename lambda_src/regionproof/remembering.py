"""Remember: the next ledger, from what a run saw and what of it arrived. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from .domain.changes import Change, ChangeKind
from .domain.facts import RegionOptStatuses, uses_opt_in_region
from .domain.findings import Compliance
from .domain.ledger import Entry, KnownAccount, Ledger
from .domain.receipts import Destination

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .domain.findings import Finding
    from .domain.ledger import EntryKey
    from .domain.receipts import Receipt
    from .domain.reconciled import Reconciled
    from .domain.report import AccountResult, Report

FORGET_AFTER = timedelta(days=90)
"""How long an account that left is remembered, so that one that comes back keeps its history."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What arrived: whether people were told, and the ids of the findings that Security Hub took.

    ``left_over`` are the keys of changes that found no room in what people were told.
    """

    told: bool
    imported: frozenset[str] = frozenset()
    left_over: frozenset[str] = frozenset()

    @classmethod
    def of(cls, receipts: Iterable[Receipt]) -> Delivery:
        """Sum up the receipts of a run. People count as told where nothing had to be told."""
        by_destination = {receipt.destination: receipt for receipt in receipts}
        alert = by_destination.get(Destination.SNS)
        imported = by_destination.get(Destination.SECURITY_HUB)
        return cls(
            told=alert is not None and not alert.undelivered,
            imported=imported.arrived if imported else frozenset(),
            left_over=alert.left_over if alert else frozenset(),
        )

    def has_told(self, change: Change) -> bool:
        """Tell whether people were told of a change."""
        return self.told and change.key not in self.left_over

    def has_told_of_account(self, kind: ChangeKind, account_id: str) -> bool:
        """Tell whether people were told that an account joined or left."""
        return self.has_told(Change(kind, account_id, "", ""))


def remember(reconciled: Reconciled, current: Ledger, delivery: Delivery) -> Ledger:
    """Return the ledger after a run.

    ``current`` is the ledger to build on: the one that the run read, or a newer one that another run wrote in
    the meantime. That run's news stay: what it observed later, what it told, and whom it saw join or leave.
    """
    report = reconciled.report
    news = _News(reconciled, delivery, {change.finding.id: change for change in reconciled.changes if change.finding})
    entries = {**current.entries, **dict(_archived(reconciled, current, delivery))}
    for finding in report.findings:
        key = (finding.account.id, finding.rule)
        if entry := _entry(finding, current.entries.get(key), news):
            entries[key] = entry
    if report.run.is_partial:
        return Ledger(report.organization.id, _seen_by_a_part(report, current), entries)
    accounts = _accounts(reconciled, current, delivery)
    kept = {
        key: _forgotten_when_gone(entry, accounts.get(key[0]))
        for key, entry in entries.items()
        if key[0] in accounts or key not in reconciled.ledger.entries
    }
    return Ledger(report.organization.id, accounts, kept)


def _seen_by_a_part(report: Report, current: Ledger) -> dict[str, KnownAccount]:
    """Return the accounts as they were, with the opt-in Regions that a partial run read of its own.

    One that left and came back has findings to archive, should it leave again. An account that no full run listed
    is not entered: it stays unknown.
    """
    accounts = dict(current.accounts)
    for result in report.targets:
        if known := accounts.get(result.account.id):
            accounts[result.account.id] = _with_regions(replace(known, archived=False), result, report)
    return accounts


def _with_regions(known: KnownAccount, result: AccountResult, report: Report) -> KnownAccount:
    """Note whether the account uses an opt-in Region, if this run read it."""
    if not result.facts or not result.facts.known(RegionOptStatuses):
        return known
    in_use = uses_opt_in_region(result.facts, None)
    return replace(known, uses_opt_in_region=in_use, opt_in_read_at=report.run.started_at)


def _forgotten_when_gone(entry: Entry, account: KnownAccount | None) -> Entry:
    """Once people know that an account is gone, nothing of it is open to them; if it returns, all is told anew."""
    if account is None or account.left is None or account.told_present:
        return entry
    return replace(entry, told=None, told_at=None)


@dataclass(frozen=True, slots=True)
class _News:
    """What a run has to add to the ledger. ``changes`` are those of a finding, by its id."""

    reconciled: Reconciled
    delivery: Delivery
    changes: Mapping[str, Change]


def _archived(reconciled: Reconciled, current: Ledger, delivery: Delivery) -> Iterator[tuple[EntryKey, Entry]]:
    """Yield the entries of departed findings whose archiving arrived."""
    for finding in reconciled.departed:
        key = (finding.account.id, finding.rule)
        if finding.id in delivery.imported and key in current.entries:
            yield key, replace(current.entries[key], sent_at=reconciled.updated_at(finding))


def _entry(finding: Finding, before: Entry | None, news: _News) -> Entry | None:
    if finding.verdict.compliance is Compliance.INSUFFICIENT_DATA:
        return before
    read = news.reconciled.ledger.entries.get((finding.account.id, finding.rule))
    if before and before != read and before.last_seen > finding.last_seen:
        return _told(finding, before, read, news) if finding.id in news.changes else before
    entry = _observed(finding, before)
    if finding.id in news.delivery.imported:
        entry = replace(entry, sent_at=news.reconciled.updated_at(finding))
    return _told(finding, entry, read, news)


def _observed(finding: Finding, before: Entry | None) -> Entry:
    verdict, now = finding.verdict, finding.last_seen
    if before is None:
        return Entry(now, now, now, verdict.compliance, verdict.severity)
    same = (before.compliance, before.severity) == (verdict.compliance, verdict.severity)
    changed = before.last_change if same else now
    return replace(before, last_seen=now, last_change=changed, compliance=verdict.compliance, severity=verdict.severity)


def _told(finding: Finding, entry: Entry, read: Entry | None, news: _News) -> Entry:
    """Note what people were told.

    Where two runs told different things, nobody knows what was read last: remembered is the one that observed
    earlier, so that the next run tells what is true.
    """
    change = news.changes.get(finding.id)
    if not (news.delivery.has_told(change) if change else news.delivery.told):
        return entry
    if change:
        entry = _alerted(finding, entry, change)
    told_by_others = entry.told is not (read.told if read else None)
    if told_by_others and entry.last_seen <= finding.last_seen:
        return entry
    return replace(entry, told=finding.verdict.severity if finding.is_open else None)


def _alerted(finding: Finding, entry: Entry, change: Change) -> Entry:
    if change.kind is ChangeKind.EXEMPTION_ENDING and finding.exemption:
        entry = replace(entry, exemption_end_told=finding.exemption.until)
    return replace(entry, told_at=finding.last_seen)


def _accounts(reconciled: Reconciled, current: Ledger, delivery: Delivery) -> dict[str, KnownAccount]:
    there = _there(reconciled, current, delivery)
    by_others = {
        account_id: known
        for account_id, known in current.accounts.items()
        if known != reconciled.ledger.accounts.get(account_id)
    }
    return {**there, **dict(_gone(reconciled, current, delivery, set(there))), **by_others}


def _there(reconciled: Reconciled, current: Ledger, delivery: Delivery) -> dict[str, KnownAccount]:
    now = reconciled.report.run.started_at
    first_run = reconciled.ledger.is_first_run
    accounts: dict[str, KnownAccount] = {}
    for result in reconciled.report.accounts:
        account = result.account
        if not account.is_open:
            continue
        known = current.accounts.get(account.id) or KnownAccount(account.name, now, told_present=False)
        told = first_run or delivery.has_told_of_account(ChangeKind.JOINED, account.id)
        there = replace(known, name=account.name, left=None, told_present=told or known.told_present, archived=False)
        accounts[account.id] = _with_regions(there, result, reconciled.report)
    return accounts


def _gone(
    reconciled: Reconciled, current: Ledger, delivery: Delivery, there: set[str]
) -> Iterator[tuple[str, KnownAccount]]:
    """Yield the accounts that are not there, until they are forgotten."""
    now = reconciled.report.run.started_at
    unarchived = {finding.account.id for finding in reconciled.departed if finding.id not in delivery.imported}
    seen_by_parts = {account: KnownAccount("", now, told_present=False) for account, _ in reconciled.ledger.entries}
    for account_id, known in {**seen_by_parts, **current.accounts}.items():
        left = known.left or now
        if account_id not in there and now - left <= FORGET_AFTER:
            told_present = known.told_present and not delivery.has_told_of_account(ChangeKind.LEFT, account_id)
            archived = account_id not in unarchived
            yield account_id, replace(known, left=left, told_present=told_present, archived=archived)
