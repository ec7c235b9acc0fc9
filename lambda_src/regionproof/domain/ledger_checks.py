"""Check that a run can have written a ledger: its times, sizes and names. Pure.

The ledger decides which changes are reported and which findings are archived. Other runs and other versions write it.
A ledger that no run can have written is set aside completely, because its other parts cannot be trusted either.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from .accounts import ACCOUNT_ID
from .ledger import LONGEST_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .ledger import Entry, KnownAccount, Ledger

MOST_ACCOUNTS = 250_000
MOST_ENTRIES = 1_000_000
"""Limits far above any organization: AWS allows about 50,000 accounts. The ledger keeps departed ones for 90 days."""

LONGEST_ID = 100
"""The most characters of an organization's id. Those of AWS have up to 34."""

LONGEST_TEXT = 1000
"""The most characters of other texts, such as a run id or the reason why a ledger was set aside."""

EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
"""A time before RegionProof existed. No ledger can contain an earlier one."""

MOST_CLOCK_SKEW = timedelta(days=1)
"""How far the clock of the writer may be ahead of the clock of the reader."""

RULE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""The form of a rule id. The ledger may contain ids of rules that only other versions have."""


def why_impossible(ledger: Ledger, now: datetime) -> str | None:
    """Return the reason why no run can have written this ledger until ``now``, as a clause; None if one can have."""
    return next(_impossible(ledger, now), None)


def _impossible(ledger: Ledger, now: datetime) -> Iterator[str]:
    if len(ledger.accounts) > MOST_ACCOUNTS or len(ledger.entries) > MOST_ENTRIES:
        yield f"it has {len(ledger.accounts)} accounts and {len(ledger.entries)} entries"
    latest = now + MOST_CLOCK_SKEW
    yield from _impossible_head(ledger, latest)
    for account_id, known in ledger.accounts.items():
        yield from _impossible_account(account_id, known, latest)
    for (account_id, rule), entry in ledger.entries.items():
        yield from _impossible_ids(account_id, rule)
        yield from _impossible_entry(f"{account_id} under {rule}", entry, latest)


def _impossible_head(ledger: Ledger, latest: datetime) -> Iterator[str]:
    """Yield the errors outside of accounts and entries."""
    if len(ledger.organization_id) > LONGEST_ID:
        yield f"its organization has an id of {len(ledger.organization_id)} characters"
    texts = (ledger.unreported_set_aside, ledger.intent.run_id if ledger.intent else "", *ledger.settings_alerted)
    yield from (f"it has a text of {len(text)} characters" for text in texts if len(text) > LONGEST_TEXT)
    yield from (f"{rule!r} is not a rule id" for rule in ledger.rules_off_alerted if not RULE_ID.fullmatch(rule))
    if not 0 <= ledger.orphans_not_alerted <= MOST_ENTRIES:
        yield f"it counts {ledger.orphans_not_alerted} findings"
    if ledger.intent:
        yield from _impossible_times("the run that was about to alert", (ledger.intent.started_at,), latest)


def _impossible_account(account_id: str, known: KnownAccount, latest: datetime) -> Iterator[str]:
    yield from _impossible_ids(account_id)
    if len(known.name) > LONGEST_NAME:
        yield f"account {account_id} has a name of {len(known.name)} characters"
    yield from _impossible_times(account_id, (known.first_seen, known.left, known.opt_in_read_at), latest)


def _impossible_ids(account_id: str, rule: str | None = None) -> Iterator[str]:
    if not ACCOUNT_ID.fullmatch(account_id):
        yield f"{account_id!r} is not an account id"
    if rule is not None and not RULE_ID.fullmatch(rule):
        yield f"{rule!r} is not a rule id"


def _impossible_entry(place: str, entry: Entry, latest: datetime) -> Iterator[str]:
    times = (entry.first_seen, entry.last_seen, entry.last_change, entry.alerted_at, entry.sent_at)
    yield from _impossible_times(place, times, latest)
    if entry.first_seen > entry.last_seen:
        yield f"{place} was first seen after it was last seen"
    if entry.exemption_end_alerted and entry.exemption_end_alerted < date(EARLIEST.year, 1, 1):
        yield f"{place} has an exemption that ended on {entry.exemption_end_alerted}"


def _impossible_times(place: str, times: Iterable[datetime | None], latest: datetime) -> Iterator[str]:
    for time in times:
        if time and not EARLIEST <= time <= latest:
            yield f"{place} has the time {time.isoformat()}"
