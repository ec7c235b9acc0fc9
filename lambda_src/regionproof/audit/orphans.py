"""Orphans: active findings in Security Hub that neither this run nor the ledger knows.

If a ledger is lost, so is the list of findings that earlier runs imported. Some of them are about accounts and rules
that are not audited any more. Only Security Hub can list those.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regionproof.domain.changes import Change, ChangeKind
from regionproof.domain.findings import Compliance
from regionproof.domain.ledger_checks import EARLIEST, MOST_CLOCK_SKEW, RULE_ID
from regionproof.domain.ports import FindingsNotListed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from regionproof.domain.ledger import Entry, EntryKey, Ledger
    from regionproof.domain.ports import FindingIndex
    from regionproof.domain.report import Report


def search_is_due(report: Report, ledger: Ledger) -> bool:
    """Return whether to search Security Hub for orphans: on a first run, or if no run has searched since."""
    return not report.run.is_partial and (ledger.is_first_run or ledger.orphans_unchecked)


def find_orphans(index: FindingIndex | None, report: Report, ledger: Ledger) -> dict[EntryKey, Entry] | None:
    """Return the orphans; None if no search is due, there is no index, or Security Hub did not list its findings."""
    if index is None or not search_is_due(report, ledger):
        return None
    try:
        return select_orphans(report, ledger, index.active_findings(report.organization.id, ledger.began_at))
    except FindingsNotListed:
        return None  # the index logged the reason, and the ledger keeps the search due


def select_orphans(report: Report, ledger: Ledger, active: Iterable[tuple[EntryKey, Entry]]) -> dict[EntryKey, Entry]:
    """Return the active findings whose import the ledger does not know and that no run will update again.

    A finding about an account in scope stays, even if the account could not be read, unless its rule is off or does
    not apply.
    """
    judged = {
        (finding.account.id, finding.rule)
        for finding in report.findings
        if finding.verdict.compliance is not Compliance.NOT_APPLICABLE
    }
    now = report.run.started_at
    return {
        key: _with_plausible_times(entry, now)
        for key, entry in active
        if key not in judged and not _has_import(ledger.entries.get(key)) and _can_be_archived(key, entry, now)
    }


def with_orphans(ledger: Ledger, orphans: Mapping[EntryKey, Entry] | None) -> Ledger:
    """Return the ledger with entries for the orphans, to record when they were archived.

    An orphan may have an entry already, from an observation that was not imported. Add only the import then.
    """
    if not orphans:
        return ledger
    known = ledger.entries
    added = {key: replace(known[key], sent_at=one.sent_at) if key in known else one for key, one in orphans.items()}
    return replace(ledger, entries={**known, **added})


def announce_orphans(report: Report, ledger: Ledger, orphans: Mapping[EntryKey, Entry] | None) -> Iterator[Change]:
    """Yield one change for all orphans that no alert has reported. A partial run yields nothing."""
    count = ledger.orphans_not_alerted + len(orphans or ())
    if count and not report.run.is_partial:
        detail = (
            f"Old findings in Security Hub: {count}. They are older than the current ledger, and about accounts or "
            "rules that RegionProof does not audit. RegionProof archives them, but they may not be fixed."
        )
        yield Change(ChangeKind.ORPHANED, "", "", detail)


def _has_import(entry: Entry | None) -> bool:
    return entry is not None and entry.sent_at is not None


def _can_be_archived(key: EntryKey, entry: Entry, now: datetime) -> bool:
    """Return whether this run can archive the finding and the next ledger can store it."""
    return entry.sent_at is not None and entry.sent_at <= now + MOST_CLOCK_SKEW and bool(RULE_ID.fullmatch(key[1]))


def _with_plausible_times(entry: Entry, now: datetime) -> Entry:
    """Return the entry with times that a ledger accepts. Other programs can change findings in Security Hub."""
    last_seen = min(max(entry.last_seen, EARLIEST), now)
    first_seen = min(max(entry.first_seen, EARLIEST), last_seen)
    sent_at = max(entry.sent_at, EARLIEST) if entry.sent_at else None
    return replace(entry, first_seen=first_seen, last_seen=last_seen, last_change=last_seen, sent_at=sent_at)
