"""A run as it is requested, planned and finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.changes import Change
    from regionproof.domain.receipts import Receipt
    from regionproof.domain.report import Report


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is asked of one run. ``accounts`` empty: all in scope. A dry run publishes and remembers nothing."""

    accounts: frozenset[str] = frozenset()
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run sets out to do: ``accounts`` are those of the organization that it audits."""

    run_id: str
    request: RunRequest
    started_at: datetime
    organization: Organization
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: the report, the changes that it told, and a receipt of every destination.

    ``ledger_unusable`` says why the memory of earlier runs was set aside, in the run that reports it; else it is
    empty.
    """

    report: Report
    changes: tuple[Change, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    ledger_unusable: str = ""
