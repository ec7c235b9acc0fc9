"""Orphans: findings in Security Hub that neither this run nor the ledger can account for.

A ledger that was lost takes with it what earlier runs sent to Security Hub. Only Security Hub knows then which
findings are still shown of accounts and rules that no run will look at again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regionproof.domain.changes import Change, ChangeKind
from regionproof.domain.findings import Compliance
from regionproof.domain.ledger_checks import CLOCKS_DIFFER, EARLIEST, RULE_ID
from regionproof.domain.ports import FindingsNotListed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from regionproof.domain.ledger import Entry, EntryKey, Ledger
    from regionproof.domain.ports import FindingIndex
    from regionproof.domain.report import Report


def must_be_looked_for(report: Report, ledger: Ledger) -> bool:
    """Return whether Security Hub may show what the ledger cannot know: on a first run, or if none asked since."""
    return not report.run.is_partial and (ledger.is_first_run or ledger.orphans_unchecked)


def look_for(index: FindingIndex | None, report: Report, ledger: Ledger) -> dict[EntryKey, Entry] | None:
    """Return the orphans; None if Security Hub need not be asked, cannot be, or did not list its findings."""
    if index is None or not must_be_looked_for(report, ledger):
        return None
    try:
        return orphaned(report, ledger, index.active_findings(report.organization.id, ledger.began_at))
    except FindingsNotListed:
        return None  # the index logged why, and the ledger remembers that it was not asked


def orphaned(report: Report, ledger: Ledger, shown: Iterable[tuple[EntryKey, Entry]]) -> dict[EntryKey, Entry]:
    """Return the findings that are shown, that the ledger does not know, and that no run will look at again.

    A finding about an account in scope stays, also if the account could not be read, unless its rule is off or does
    not apply.
    """
    looked_at = {
        (finding.account.id, finding.rule)
        for finding in report.findings
        if finding.verdict.compliance is not Compliance.NOT_APPLICABLE
    }
    now = report.run.started_at
    return {
        key: _believable(entry, now)
        for key, entry in shown
        if key not in looked_at and key not in ledger.entries and _can_be_replaced(key, entry, now)
    }


def with_orphans(ledger: Ledger, orphans: Mapping[EntryKey, Entry] | None) -> Ledger:
    """Return the ledger with entries for the orphans, so that their archiving is remembered like any other."""
    return replace(ledger, entries={**orphans, **ledger.entries}) if orphans else ledger


def announcement(report: Report, ledger: Ledger, orphans: Mapping[EntryKey, Entry] | None) -> Iterator[Change]:
    """Yield one change for all findings that were found and that nobody was told of. A partial run has none to tell."""
    count = ledger.orphans_not_alerted + len(orphans or ())
    if count and not report.run.is_partial:
        detail = (
            "Findings in Security Hub that are older than the memory of this audit, about accounts or rules that it "
            f"does not look at: {count}. They are archived, which does not mean that they are fixed."
        )
        yield Change(ChangeKind.ORPHANED, "", "", detail)


def _can_be_replaced(key: EntryKey, entry: Entry, now: datetime) -> bool:
    """Return whether an import of this run can archive it and the next ledger can hold it."""
    return entry.sent_at is not None and entry.sent_at <= now + CLOCKS_DIFFER and bool(RULE_ID.fullmatch(key[1]))


def _believable(entry: Entry, now: datetime) -> Entry:
    """Return the entry with times that a ledger may hold: what Security Hub shows, others may have written."""
    last_seen = min(max(entry.last_seen, EARLIEST), now)
    first_seen = min(max(entry.first_seen, EARLIEST), last_seen)
    sent_at = max(entry.sent_at, EARLIEST) if entry.sent_at else None
    return replace(entry, first_seen=first_seen, last_seen=last_seen, last_change=last_seen, sent_at=sent_at)
