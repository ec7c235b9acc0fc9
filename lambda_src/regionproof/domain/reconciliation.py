"""A report with its history: what to publish, and the memory it was held against."""

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
"""What Security Hub tells two times apart by, as we spell them."""

LATEST = datetime.max.replace(tzinfo=UTC) - SMALLEST_STEP
"""The latest time of an import that another one can follow."""


@dataclass(frozen=True, slots=True)
class SeenLater:
    """What another run saw later than this one, and wrote before this one could. This run does not touch it.

    ``entries`` are findings, ``accounts`` are ids of accounts that the other run saw join or leave, ``regions`` those
    of accounts whose opt-in Regions it read later.
    """

    entries: frozenset[EntryKey] = frozenset()
    accounts: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A report held against the ledger.

    ``changes`` are what to tell, empty where there is nothing. ``departed`` are the last findings of accounts
    that left or are out of scope, and of rules that are switched off, to be archived. ``ledger`` is the one that was
    read, from before this run, with ``orphans`` in it: what only Security Hub knew. None: it was not asked.
    ``seen_later`` is what another run wrote into the ledger that this run must leave alone.
    """

    report: Report
    ledger: Ledger
    changes: tuple[Change, ...]
    departed: tuple[Finding, ...]
    seen_later: SeenLater = field(default_factory=SeenLater)
    orphans: Mapping[EntryKey, Entry] | None = None

    def updated_at(self, finding: Finding) -> datetime:
        """Return the time of an import: this run's, and strictly later than that of the last import.

        If another run saw the finding later, it is this run's: Security Hub ignores an import that is not later.
        """
        key, now = (finding.account.id, finding.rule), self.report.run.started_at
        entry = None if key in self.seen_later.entries else self.ledger.entries.get(key)
        return max(now, min(entry.sent_at, LATEST) + SMALLEST_STEP) if entry and entry.sent_at else now
