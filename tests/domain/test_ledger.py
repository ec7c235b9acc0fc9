"""The ledger: when each account was last observed, and whether a full run is in it."""

from __future__ import annotations

from datetime import timedelta

from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.ledger import Entry, KnownAccount, Ledger
from tests.support.builders import NOW, ORGANIZATION_ID

A, B = "222222222222", "333333333333"
DAY = timedelta(days=1)


def _entry(days_ago: int) -> Entry:
    seen = NOW - days_ago * DAY
    return Entry(NOW - 30 * DAY, seen, seen, Compliance.COMPLIANT, Severity.INFORMATIONAL)


def test_an_account_was_last_seen_when_any_rule_saw_it_last() -> None:
    """In seconds since 1970. The order of the entries does not matter. An account without an entry is not included."""
    entries = {(A, "Coverage.1"): _entry(1), (A, "STS.1"): _entry(5), (B, "Coverage.1"): _entry(3)}
    later_first = Ledger(ORGANIZATION_ID, entries=entries)
    later_last = Ledger(ORGANIZATION_ID, entries=dict(reversed(entries.items())))
    expected = {A: (NOW - DAY).timestamp(), B: (NOW - 3 * DAY).timestamp()}
    assert later_first.last_seen_by_account() == later_last.last_seen_by_account() == expected
    assert Ledger(ORGANIZATION_ID).last_seen_by_account() == {}


def test_a_ledger_without_accounts_is_that_of_a_first_run() -> None:
    """A ledger with only entries is from partial runs, which do not record accounts."""
    assert Ledger(ORGANIZATION_ID).is_first_run
    assert Ledger(ORGANIZATION_ID, entries={(A, "STS.1"): _entry(1)}).is_first_run
    assert not Ledger(ORGANIZATION_ID, accounts={A: KnownAccount("orders", NOW)}).is_first_run
