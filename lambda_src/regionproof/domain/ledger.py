"""The ledger: what earlier runs observed for every account and rule, and what alerts reported.

Frozen records. ``storage/ledger_file.py`` converts them to a file, and ``aws/ledger_store.py`` stores it in S3.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # dacite reads the types when a ledger is unpacked
from dataclasses import dataclass, field, replace
from datetime import date, datetime  # noqa: TC003  # the same
from typing import TypeAlias

from .findings import Compliance, Severity  # noqa: TC001  # the same

LONGEST_NAME = 1000
"""The most characters of an account's name that are kept. AWS allows 50."""

EntryKey: TypeAlias = tuple[str, str]
"""Account id and rule id."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The history of one account with one rule. Times are aware, in UTC.

    Attributes:
        first_seen: the first run that observed the account under the rule
        last_seen: the last run that did; INSUFFICIENT_DATA does not count as an observation
        last_change: when the observed compliance or severity last changed
        compliance: the last one observed
        severity: the last one observed
        alerted_severity: the severity with which the last alert reported the finding as open; None: not open
        alerted_at: the time of that alert
        exemption_end_alerted: the end of the exemption in the last warning about it
        sent_at: the `UpdatedAt` of the last import that Security Hub accepted
        archived: whether that import archived the finding
        possibly_alerted_severities: the states that alerts of unknown outcome may have reported since then: open with
            this severity, or not open (None)
    """

    first_seen: datetime
    last_seen: datetime
    last_change: datetime
    compliance: Compliance
    severity: Severity
    alerted_severity: Severity | None = None
    alerted_at: datetime | None = None
    exemption_end_alerted: date | None = None
    sent_at: datetime | None = None
    possibly_alerted_severities: tuple[Severity | None, ...] = ()
    archived: bool = False

    @property
    def is_shown(self) -> bool:
        """Return whether Security Hub still shows the finding as active, according to our last import."""
        return self.sent_at is not None and not self.archived

    @property
    def beliefs(self) -> frozenset[Severity | None]:
        """Return every severity that readers of the alerts may believe is open; None means: not open."""
        return frozenset((self.alerted_severity, *self.possibly_alerted_severities))

    def alerted(self, severity: Severity | None) -> Entry:
        """Return the entry after an alert that arrived. It replaces any state that earlier alerts reported."""
        return replace(self, alerted_severity=severity, possibly_alerted_severities=())

    def possibly_alerted(self, severity: Severity | None) -> Entry:
        """Return the entry after an alert of unknown outcome."""
        possible = {*self.possibly_alerted_severities, severity} - {self.alerted_severity}
        by_rank = sorted(possible, key=lambda one: -1 if one is None else one.rank)
        return replace(self, possibly_alerted_severities=tuple(by_rank))


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account that earlier runs listed.

    Attributes:
        name: the name it had last, untrusted text
        first_seen: the first run that listed it as active
        left: when it was first missing or not active; None while it is present
        presence_alerted: whether the alerts so far imply that it is present
        presence_uncertain: whether an alert of unknown outcome may have reported the opposite since
        out_of_scope_alerted: whether an alert reported that it is out of scope
        uses_opt_in_region: whether it uses an opt-in Region or is about to, when last read; None: never read
        opt_in_read_at: when that was read
    """

    name: str
    first_seen: datetime
    left: datetime | None = None
    presence_alerted: bool = True
    out_of_scope_alerted: bool = False
    uses_opt_in_region: bool | None = None
    opt_in_read_at: datetime | None = None
    presence_uncertain: bool = False

    @property
    def may_seem_present(self) -> bool:
        """Return whether readers of the alerts may believe that it is present."""
        return self.presence_alerted or self.presence_uncertain

    @property
    def may_seem_absent(self) -> bool:
        """Return whether readers of the alerts may believe that it is not present."""
        return not self.presence_alerted or self.presence_uncertain


@dataclass(frozen=True, slots=True)
class Intent:
    """The run that was about to send an alert when it wrote the ledger: its id and start."""

    run_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """The history of one organization. It is empty on a first run.

    Attributes:
        intent: set while a run sends its alert; it stays if that run dies
        unreported_set_aside: a clause with the reason why an earlier ledger was set aside, until an alert reports it
        rules_off_alerted: the rules that alerts reported as switched off
        orphans_unchecked: whether Security Hub may have findings from before this ledger that no run has searched for
        orphans_not_alerted: the number of such findings that were found and not yet reported
        settings_alerted: the keys of settings entries that alerts reported as having no effect
    """

    organization_id: str
    accounts: Mapping[str, KnownAccount] = field(default_factory=dict)
    entries: Mapping[EntryKey, Entry] = field(default_factory=dict)
    intent: Intent | None = None
    unreported_set_aside: str = ""
    rules_off_alerted: tuple[str, ...] = ()
    orphans_unchecked: bool = False
    orphans_not_alerted: int = 0
    settings_alerted: tuple[str, ...] = ()

    def last_seen_by_account(self) -> dict[str, float]:
        """Return when each account was last observed under any rule, in seconds since 1970."""
        last_seen: dict[str, float] = {}
        for (account_id, _), entry in self.entries.items():
            last_seen[account_id] = max(last_seen.get(account_id, 0), entry.last_seen.timestamp())
        return last_seen

    @property
    def began_at(self) -> datetime | None:
        """Return when the first full run in this ledger started; None on a first run."""
        return min((known.first_seen for known in self.accounts.values()), default=None)

    @property
    def is_first_run(self) -> bool:
        """Return whether the ledger has no full run yet."""
        return not self.accounts
