"""Merge: two ledgers with a common ancestor become one, field by field."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from regionproof.audit.merge import merge
from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.ledger import Entry, KnownAccount, Ledger
from tests.support.builders import NOW, ORGANIZATION_ID

HOUR = timedelta(hours=1)
A = "222222222222"
KEY = (A, "STS.1")
SEEN = Entry(NOW, NOW, NOW, Compliance.COMPLIANT, Severity.INFORMATIONAL)
KNOWN = KnownAccount("orders", NOW)


def _entry(base: Entry | None, ours: Entry | None, theirs: Entry | None) -> Entry | None:
    ledgers = [Ledger(ORGANIZATION_ID, {}, {KEY: one} if one else {}) for one in (base, ours, theirs)]
    return merge(*ledgers).entries.get(KEY)


def _account(base: KnownAccount | None, ours: KnownAccount | None, theirs: KnownAccount | None) -> KnownAccount | None:
    ledgers = [Ledger(ORGANIZATION_ID, {A: one} if one else {}) for one in (base, ours, theirs)]
    return merge(*ledgers).accounts.get(A)


def _open(hours: int) -> Entry:
    later = NOW + hours * HOUR
    return replace(SEEN, last_seen=later, last_change=later, compliance=Compliance.NON_COMPLIANT, severity=Severity.LOW)


def test_a_change_by_only_one_run_is_kept() -> None:
    """A removal is a change too."""
    changed = _open(1)
    assert _entry(SEEN, changed, SEEN) == _entry(SEEN, SEEN, changed) == changed
    assert _entry(SEEN, None, SEEN) is _entry(SEEN, SEEN, None) is None
    assert _entry(None, changed, None) == _entry(None, None, changed) == changed


def test_an_entry_that_one_run_removed_and_the_other_changed_stays() -> None:
    """The other run saw the account again."""
    changed = _open(1)
    assert _entry(SEEN, None, changed) == _entry(SEEN, changed, None) == changed


@pytest.mark.parametrize(("ours", "theirs"), [(1, 2), (2, 1)])
def test_the_later_of_two_observations_wins(ours: int, theirs: int) -> None:
    """The order of writing does not matter."""
    merged = _entry(SEEN, replace(SEEN, last_seen=NOW + ours * HOUR), replace(_open(theirs), sent_at=NOW))
    assert merged
    assert merged.last_seen == NOW + 2 * HOUR
    assert merged.compliance is (Compliance.COMPLIANT if ours > theirs else Compliance.NON_COMPLIANT)


def test_an_observation_that_did_not_change_is_not_compared() -> None:
    """The clock went back after it was made, and the other run only imported it."""
    earlier = replace(_open(0), last_seen=NOW - HOUR)
    merged = _entry(SEEN, earlier, replace(SEEN, sent_at=NOW))
    assert merged
    assert (merged.compliance, merged.sent_at) == (Compliance.NON_COMPLIANT, NOW)


def test_two_runs_that_both_added_an_account_leave_no_uncertainty() -> None:
    """Only one of them reported it, so its alert is the last one."""
    reported = replace(_open(1), alerted_severity=Severity.LOW, alerted_at=NOW + HOUR)
    for ours, theirs in ((reported, _open(2)), (_open(2), reported)):
        merged = _entry(None, ours, theirs)
        assert merged
        assert merged.beliefs == {Severity.LOW}
    joined, unannounced = KNOWN, replace(KNOWN, presence_alerted=False, name="shop")
    announced = _account(None, joined, unannounced)
    assert announced
    assert (announced.presence_alerted, announced.presence_uncertain) == (True, False)


@pytest.mark.parametrize(("ours", "theirs", "expected"), [(1, 2, 2), (2, 1, 2), (None, 1, 1), (1, None, 1)])
def test_the_later_import_wins(ours: int | None, theirs: int | None, expected: int) -> None:
    """Security Hub ignores an import that is not later than the last one."""

    def sent(hours: int | None) -> Entry:
        return replace(SEEN, sent_at=None if hours is None else NOW + hours * HOUR)

    merged = _entry(replace(SEEN, sent_at=NOW), sent(ours), sent(theirs))
    assert merged
    assert merged.sent_at == NOW + expected * HOUR


def test_if_one_run_reported_joining_and_the_other_leaving_the_presence_is_uncertain() -> None:
    """It is unknown which message was read last."""
    base = replace(KNOWN, presence_alerted=False, presence_uncertain=True)
    joined = replace(KNOWN, presence_alerted=True)
    left = replace(KNOWN, presence_alerted=False, left=NOW)
    for ours, theirs in ((joined, left), (left, joined)):
        merged = _account(base, ours, theirs)
        assert merged
        assert merged.presence_uncertain


@pytest.mark.parametrize("archived", [True, False])
def test_a_finding_is_archived_if_the_later_import_archived_it(archived: bool) -> None:  # noqa: FBT001  # the expectation
    """The time and the state of an import belong together."""
    earlier = replace(SEEN, sent_at=NOW + HOUR, archived=not archived)
    later = replace(SEEN, sent_at=NOW + 2 * HOUR, archived=archived)
    for ours, theirs in ((earlier, later), (later, earlier)):
        merged = _entry(replace(SEEN, sent_at=NOW), ours, theirs)
        assert merged
        assert merged.archived is archived


def test_an_account_that_was_reported_as_out_of_scope_stays_reported() -> None:
    """The other run changed its name."""
    reported = replace(KNOWN, out_of_scope_alerted=True)
    for ours, theirs in ((reported, replace(KNOWN, name="shop")), (replace(KNOWN, name="shop"), reported)):
        merged = _account(KNOWN, ours, theirs)
        assert merged
        assert (merged.name, merged.out_of_scope_alerted) == ("shop", True)


def test_reported_rules_settings_and_orphans_of_both_runs_are_kept() -> None:
    """Each run may have reported another rule. Orphans that were not reported stay counted."""
    base = Ledger(ORGANIZATION_ID, orphans_unchecked=True)
    ours = replace(base, rules_off_alerted=("STS.1",), orphans_not_alerted=2, settings_alerted=("a",))
    theirs = replace(
        base, rules_off_alerted=("Regions.1",), orphans_unchecked=False, orphans_not_alerted=1, settings_alerted=("b",)
    )
    merged = merge(base, ours, theirs)
    assert merged.rules_off_alerted == ("Regions.1", "STS.1")
    assert merged.settings_alerted == ("a", "b")
    assert (merged.orphans_unchecked, merged.orphans_not_alerted) == (False, 2)


@pytest.mark.parametrize(("ours", "theirs", "in_use"), [(1, 2, False), (2, 1, True), (1, None, True), (None, 1, False)])
def test_the_later_read_of_opt_in_regions_wins(ours: int | None, theirs: int | None, in_use: bool) -> None:  # noqa: FBT001  # the expectation
    """The order of writing does not matter. Any read is later than none."""

    def read(hours: int | None, uses: bool) -> KnownAccount:  # noqa: FBT001  # by place
        if hours is None:
            return replace(KNOWN, name="shop")
        return replace(KNOWN, uses_opt_in_region=uses, opt_in_read_at=NOW + hours * HOUR)

    base = replace(KNOWN, uses_opt_in_region=True, opt_in_read_at=NOW)
    merged = _account(base, read(ours, uses=True), read(theirs, uses=False))
    assert merged
    assert merged.uses_opt_in_region is in_use
