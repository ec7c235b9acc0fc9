"""The ledger: what earlier runs saw of every account and rule, and what people were told of it.

Frozen records. How they are spelled in a file is ``ledger_format``'s business, where it lies is the store's.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # dacite reads the types when a ledger is unpacked
from dataclasses import dataclass, field
from datetime import date, datetime  # noqa: TC003  # the same
from typing import TypeAlias

from .findings import Compliance, Severity  # noqa: TC001  # the same

EntryKey: TypeAlias = tuple[str, str]
"""Account id and rule id."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is remembered of one account under one rule. Times are aware, in UTC.

    Attributes:
        first_seen: the first run that observed the account under the rule
        last_seen: the last run that did; INSUFFICIENT_DATA observes nothing
        last_change: when the observed compliance or severity last became another one
        compliance: the last one observed
        severity: the last one observed
        told: the severity that people were last told is open; None: nothing is open, as far as they know
        told_at: when they were told so
        exemption_end_told: the end of the exemption that people were last warned of
        sent_at: the `UpdatedAt` of the last import that Security Hub took
    """

    first_seen: datetime
    last_seen: datetime
    last_change: datetime
    compliance: Compliance
    severity: Severity
    told: Severity | None = None
    told_at: datetime | None = None
    exemption_end_told: date | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account that earlier runs listed.

    Attributes:
        name: the name it had last, untrusted text
        first_seen: the first run that listed it as open
        left: when it was first missing or closed; None while it is there
        told_present: whether people think that it is there
        archived: whether Security Hub took the archiving of its findings since it left
        uses_opt_in_region: whether it was last read to use an opt-in Region, or to be about to; None: never read
        opt_in_read_at: when that was read
    """

    name: str
    first_seen: datetime
    left: datetime | None = None
    told_present: bool = True
    archived: bool = False
    uses_opt_in_region: bool | None = None
    opt_in_read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The memory of one organization; an empty one is that of a first run."""

    organization_id: str
    accounts: Mapping[str, KnownAccount] = field(default_factory=dict)
    entries: Mapping[EntryKey, Entry] = field(default_factory=dict)

    def last_seen_by_account(self) -> dict[str, float]:
        """Return when each account was last observed under some rule, in seconds since 1970."""
        seen: dict[str, float] = {}
        for (account_id, _), entry in self.entries.items():
            seen[account_id] = max(seen.get(account_id, 0), entry.last_seen.timestamp())
        return seen

    @property
    def is_first_run(self) -> bool:
        """Tell whether no run was remembered before."""
        return not self.accounts
