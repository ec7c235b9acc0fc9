"""Remember: the next ledger, from what a run saw and what of it arrived. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
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

    from regionproof.domain.changes import Change
    from regionproof.domain.findings import Finding
    from regionproof.domain.ledger import EntryKey
    from regionproof.domain.reconciliation import Reconciliation
    from regionproof.domain.report import AccountResult

__all__ = ["FORGET_AFTER", "NOTHING_SENT_YET", "Delivery", "intend", "remember"]

FORGET_AFTER = timedelta(days=90)
"""How long an account that left is remembered, so that one that comes back keeps its history."""


def intend(reconciliation: Reconciliation) -> Ledger:
    """Return the ledger that records what a run saw, and every change that it is about to report."""
    run = reconciliation.report.run
    return replace(remember(reconciliation, NOTHING_SENT_YET), intent=Intent(run.id, run.started_at))


def remember(reconciliation: Reconciliation, delivery: Delivery) -> Ledger:
    """Return the ledger after a run, built on the one that its report was compared with."""
    report, before = reconciliation.report, reconciliation.ledger
    news = _News(
        reconciliation, delivery, {change.finding.id: change for change in reconciliation.changes if change.finding}
    )
    entries = {**before.entries, **dict(_archived_entries(news))}
    for finding in report.findings:
        key = (finding.account.id, finding.rule)
        if entry := _updated_entry(finding, before.entries.get(key), news):
            entries[key] = entry
    unaudited = Unaudited.of(reconciliation, delivery)
    accounts = before.accounts
    if report.run.is_partial:
        accounts = _after_partial_run(reconciliation)
    else:
        accounts = _accounts(news, unaudited)
        entries = {
            key: unaudited.reset(key, _reset_if_departed(entry, accounts.get(key[0])))
            for key, entry in entries.items()
            if key[0] in accounts or key[0] in reconciliation.seen_later.accounts
        }
    return replace(
        before,
        accounts=accounts,
        entries=entries,
        intent=None,
        unreported_set_aside=_unreported_set_aside(news),
        rules_off_alerted=tuple(sorted(unaudited.rules)),
        orphans_unchecked=unaudited.orphans_unchecked,
        orphans_not_alerted=unaudited.orphans_not_alerted,
        settings_alerted=_settings_told(news),
    )


@dataclass(frozen=True, slots=True)
class _News:
    """What a run has to add to the ledger. ``changes`` are those of a finding, by its id."""

    reconciliation: Reconciliation
    delivery: Delivery
    changes: Mapping[str, Change]


def _unreported_set_aside(news: _News) -> str:
    reported = (change for change in news.reconciliation.changes if change.kind is ChangeKind.LEDGER_SET_ASIDE)
    return "" if any(map(news.delivery.was_alerted, reported)) else news.reconciliation.ledger.unreported_set_aside


def _settings_told(news: _News) -> tuple[str, ...]:
    """Return which entries of the settings do nothing as far as people know. One that is corrected is forgotten."""
    report, before = news.reconciliation.report, news.reconciliation.ledger.settings_alerted
    if report.run.is_partial:
        return before
    told = {c.setting.key for c in news.reconciliation.changes if c.setting and news.delivery.was_alerted(c)}
    return tuple(sorted({*before, *told}.intersection(notice.key for notice in report.settings_notices)))


def _archived_entries(news: _News) -> Iterator[tuple[EntryKey, Entry]]:
    """Yield the entries of departed findings whose archiving arrived."""
    entries = news.reconciliation.ledger.entries
    for finding in news.reconciliation.departed:
        key = (finding.account.id, finding.rule)
        if finding.id in news.delivery.imported and key in entries:
            yield key, replace(entries[key], sent_at=news.reconciliation.updated_at(finding), archived=True)


def _updated_entry(finding: Finding, before: Entry | None, news: _News) -> Entry | None:
    """Return what is remembered of a finding. What another run saw later stays as that run left it."""
    seen_later = (finding.account.id, finding.rule) in news.reconciliation.seen_later.entries
    if seen_later or finding.verdict.compliance is Compliance.INSUFFICIENT_DATA:
        return before
    entry = _with_observation(finding, before)
    if finding.id in news.delivery.imported:
        archived = finding.verdict.compliance is Compliance.NOT_APPLICABLE
        entry = replace(entry, sent_at=news.reconciliation.updated_at(finding), archived=archived)
    return _with_alert_state(finding, entry, news)


def _with_observation(finding: Finding, before: Entry | None) -> Entry:
    verdict, now = finding.verdict, finding.last_seen
    if before is None:
        return Entry(now, now, now, verdict.compliance, verdict.severity)
    same = (before.compliance, before.severity) == (verdict.compliance, verdict.severity)
    changed = before.last_change if same else now
    return replace(
        before,
        first_seen=min(before.first_seen, now),  # a clock that goes back must leave a ledger that can be true
        last_seen=now,
        last_change=changed,
        compliance=verdict.compliance,
        severity=verdict.severity,
    )


def _with_alert_state(finding: Finding, entry: Entry, news: _News) -> Entry:
    """Note what people were told, or may have been. Where nothing had to be told, they know what is true."""
    open_as = finding.verdict.severity if finding.is_open else None
    change = news.changes.get(finding.id)
    if change is None:
        return entry.alerted(open_as) if news.delivery.alert_sent else entry
    if news.delivery.may_have_been_alerted(change):
        return entry.possibly_alerted(open_as)
    return _with_alert_time(finding, entry, change).alerted(open_as) if news.delivery.was_alerted(change) else entry


def _with_alert_time(finding: Finding, entry: Entry, change: Change) -> Entry:
    if change.kind is ChangeKind.EXEMPTION_ENDING and finding.exemption:
        entry = replace(entry, exemption_end_alerted=finding.exemption.until)
    return replace(entry, alerted_at=finding.last_seen)


def _reset_if_departed(entry: Entry, account: KnownAccount | None) -> Entry:
    """Once people know that an account is gone, nothing of it is open to them; if it returns, all is told anew."""
    if account is None or account.left is None or not account.may_seem_absent:
        return entry
    return entry.possibly_alerted(None) if account.presence_uncertain else replace(entry.alerted(None), alerted_at=None)


def _after_partial_run(reconciliation: Reconciliation) -> dict[str, KnownAccount]:
    """Return the accounts as they were, with the opt-in Regions that a partial run read of its own.

    Of those that it read, people may hear again that they left the scope. An account that no full run listed
    is not entered: it stays unknown.
    """
    accounts = dict(reconciliation.ledger.accounts)
    for result in reconciliation.report.targets:
        if known := accounts.get(result.account.id):
            accounts[result.account.id] = _with_regions(
                replace(known, out_of_scope_alerted=False), result, reconciliation
            )
    return accounts


def _with_regions(known: KnownAccount, result: AccountResult, reconciliation: Reconciliation) -> KnownAccount:
    """Note whether the account uses an opt-in Region, if this run read it, and no other run did so later."""
    read_later = result.account.id in reconciliation.seen_later.regions
    if read_later or not result.facts or not result.facts.get(RegionOptStatuses):
        return known
    in_use = uses_opt_in_region(result.facts, None)
    return replace(known, uses_opt_in_region=in_use, opt_in_read_at=reconciliation.report.run.started_at)


def _accounts(news: _News, unaudited: Unaudited) -> dict[str, KnownAccount]:
    """Return the accounts that are there, those that left, and those that another run saw join or leave."""
    seen_later = news.reconciliation.seen_later.accounts
    moved = {change.account_id: change for change in news.reconciliation.changes if change.kind in _MOVEMENTS}
    there = {
        result.account.id: replace(
            _present_account(result, moved.get(result.account.id), news),
            out_of_scope_alerted=result.account.id in unaudited.accounts,
        )
        for result in news.reconciliation.report.accounts
        if result.account.is_active
    }
    gone = {
        account_id: known
        for account_id, known in _departed_accounts(news, moved)
        if account_id not in there and account_id not in seen_later
    }
    as_others_left_them = {
        account_id: known
        for account_id, known in news.reconciliation.ledger.accounts.items()
        if account_id in seen_later
    }
    return {**there, **gone, **as_others_left_them}


_MOVEMENTS = frozenset({ChangeKind.JOINED, ChangeKind.LEFT})


def _present_account(result: AccountResult, joined: Change | None, news: _News) -> KnownAccount:
    """Return an account that is there. A first run has nobody to tell that accounts are there."""
    account, before = result.account, news.reconciliation.ledger
    known = before.accounts.get(account.id) or KnownAccount(
        account.name, news.reconciliation.report.run.started_at, presence_alerted=before.is_first_run
    )
    there = replace(known, name=shorten(account.name, LONGEST_NAME), left=None)
    return _with_regions(_announced(there, joined, news.delivery), result, news.reconciliation)


def _announced(known: KnownAccount, movement: Change | None, delivery: Delivery) -> KnownAccount:
    """Note whether people know that an account joined or left, or may know it."""
    if movement and delivery.may_have_been_alerted(movement):
        return replace(known, presence_uncertain=True)
    if movement and delivery.was_alerted(movement):
        return replace(known, presence_alerted=movement.kind is ChangeKind.JOINED, presence_uncertain=False)
    return known


def _departed_accounts(news: _News, moved: Mapping[str, Change]) -> Iterator[tuple[str, KnownAccount]]:
    """Yield the accounts of the ledger as if they were not there, until they are forgotten.

    None is forgotten before its findings are archived, and before people know that it left.
    """
    before, now = news.reconciliation.ledger, news.reconciliation.report.run.started_at
    unarchived = {f.account.id for f in news.reconciliation.departed if f.id not in news.delivery.imported}
    seen_by_parts = {account: KnownAccount("", now, presence_alerted=False) for account, _ in before.entries}
    for account_id, known in {**seen_by_parts, **before.accounts}.items():
        left = known.left or now
        gone = _announced(replace(known, left=left), moved.get(account_id), news.delivery)
        if now - left <= FORGET_AFTER or account_id in unarchived or gone.may_seem_present:
            yield account_id, gone
