"""A report compared with the ledger: the changes to publish and the findings to archive."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .changes import Change
    from .findings import Finding
    from .ledger import Entry, EntryKey, Ledger
    from .report import Report

SMALLEST_STEP = timedelta(milliseconds=1)
"""The precision of the times that we send to Security Hub."""

LATEST = datetime.max.replace(tzinfo=UTC) - SMALLEST_STEP
"""The latest time of an import that a later one can follow."""


@dataclass(frozen=True, slots=True)
class SeenLater:
    """Observations of another run that are later than those of this run, but were written first.

    This run does not change them. ``entries`` are keys of findings, ``accounts`` are ids of accounts that the other run
    saw join or leave, and ``regions`` are ids of accounts whose opt-in Regions it read later.
    """

    entries: frozenset[EntryKey] = frozenset()
    accounts: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A report compared with the ledger.

    Attributes:
        ledger: the ledger from before this run, with entries for the orphans
        changes: the changes to report
        departed: the last findings of accounts that left or are out of scope, and of rules that are switched off; they
            are to be archived
        seen_later: later observations of another run, which this run must not change
        orphans: findings that only Security Hub knew; None: there was no search
    """

    report: Report
    ledger: Ledger
    changes: tuple[Change, ...]
    departed: tuple[Finding, ...]
    seen_later: SeenLater = field(default_factory=SeenLater)
    orphans: Mapping[EntryKey, Entry] | None = None

    def updated_at(self, finding: Finding) -> datetime:
        """Return the `UpdatedAt` of a finding: the start of this run, or later if the last import was not earlier.

        If another run saw the finding later, return the start of this run. Security Hub then ignores our import
        as older.
        """
        key, now = (finding.account.id, finding.rule), self.report.run.started_at
        entry = None if key in self.seen_later.entries else self.ledger.entries.get(key)
        return max(now, min(entry.sent_at, LATEST) + SMALLEST_STEP) if entry and entry.sent_at else now
