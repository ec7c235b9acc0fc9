"""The ledger: what earlier runs saw of every account and rule, and what people were told of it.

Frozen records. How they are spelled in a file is ``ledger_format``'s business, where it lies is the store's.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # dacite reads the types when a ledger is unpacked
from dataclasses import dataclass, field, replace
from datetime import date, datetime  # noqa: TC003  # the same
from typing import TypeAlias

from .findings import Compliance, Severity  # noqa: TC001  # the same

LONGEST_NAME = 1000
"""Characters that are kept of an account's name. AWS allows 50."""

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
        archived: whether that import archived the finding
        possibly_alerted_severities: what alerts of unknown outcome may have reported since `told`: open with this
            severity, or not open (None)
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
        """Return whether Security Hub still shows the finding as active, as far as is known."""
        return self.sent_at is not None and not self.archived

    @property
    def beliefs(self) -> frozenset[Severity | None]:
        """Return everything that people may believe is open; None stands for "nothing"."""
        return frozenset((self.alerted_severity, *self.possibly_alerted_severities))

    def alerted(self, severity: Severity | None) -> Entry:
        """Return the entry after people learned what is open: nothing else is possible any more."""
        return replace(self, alerted_severity=severity, possibly_alerted_severities=())

    def possibly_alerted(self, severity: Severity | None) -> Entry:
        """Return the entry after an alert of unknown outcome."""
        possible = {*self.possibly_alerted_severities, severity} - {self.alerted_severity}
        in_order = sorted(possible, key=lambda one: -1 if one is None else one.rank)
        return replace(self, possibly_alerted_severities=tuple(in_order))


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account that earlier runs listed.

    Attributes:
        name: the name it had last, untrusted text
        first_seen: the first run that listed it as open
        left: when it was first missing or closed; None while it is there
        told_present: whether people think that it is there
        presence_uncertain: whether an alert of unknown outcome may have reported the opposite since
        told_out_of_scope: whether people know that the scope of the settings leaves it out
        uses_opt_in_region: whether it was last read to use an opt-in Region, or to be about to; None: never read
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
        """Return whether people may think that it is there."""
        return self.presence_alerted or self.presence_uncertain

    @property
    def may_seem_absent(self) -> bool:
        """Return whether people may think that it is not there."""
        return not self.presence_alerted or self.presence_uncertain


@dataclass(frozen=True, slots=True)
class Intent:
    """The alert that a run was about to send when it wrote the ledger: the run's id and start."""

    run_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """The memory of one organization; an empty one is that of a first run.

    ``intent`` is there while a run sends its alert, and stays if that run dies. ``unreported_set_aside`` is a clause
    that says why an earlier ledger was set aside, until an alert has reported it.

    ``rules_off_alerted`` are the rules of which people know that they are switched off. ``orphans_unchecked`` says that
    Security Hub may show findings from before this ledger, and has not been asked; ``orphans_not_alerted`` counts those
    that were found there and announced to nobody yet. ``settings_alerted`` are the keys of the entries of the settings
    of which people know that they do nothing.
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
        """Return when each account was last observed under some rule, in seconds since 1970."""
        seen: dict[str, float] = {}
        for (account_id, _), entry in self.entries.items():
            seen[account_id] = max(seen.get(account_id, 0), entry.last_seen.timestamp())
        return seen

    @property
    def began_at(self) -> datetime | None:
        """Return when the first full run was remembered; None on a first run."""
        return min((known.first_seen for known in self.accounts.values()), default=None)

    @property
    def is_first_run(self) -> bool:
        """Tell whether no run was remembered before."""
        return not self.accounts
