"""A report with its history: what to publish, and the memory it was held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .changes import Change
    from .findings import Finding
    from .ledger import Ledger
    from .report import Report

SMALLEST_STEP = timedelta(milliseconds=1)
"""What Security Hub tells two times apart by, as we spell them."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A report held against the ledger.

    ``changes`` are what to tell, empty where there is nothing. ``departed`` are the last findings of accounts
    that left, to be archived. ``ledger`` is the one that was read, from before this run.
    """

    report: Report
    ledger: Ledger
    changes: tuple[Change, ...]
    departed: tuple[Finding, ...]

    def updated_at(self, finding: Finding) -> datetime:
        """Return the time of an import: this run's, and strictly later than that of the last import."""
        entry = self.ledger.entries.get((finding.account.id, finding.rule))
        now = self.report.run.started_at
        return max(now, entry.sent_at + SMALLEST_STEP) if entry and entry.sent_at else now
