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
    """The request for one run. No ``accounts`` means all in scope. A dry run does not publish or write the ledger."""

    accounts: frozenset[str] = frozenset()
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one run. ``accounts`` are the accounts to audit."""

    run_id: str
    request: RunRequest
    started_at: datetime
    organization: Organization
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a run: the report, the changes that it reported, and a receipt from every destination.

    ``ledger_unusable`` is the reason why an earlier ledger was set aside, in the run that reports this.
    """

    report: Report
    changes: tuple[Change, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    ledger_unusable: str = ""
