"""Merge: two ledgers that were written since the same one become one, field by field."""

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


def _entry(was: Entry | None, mine: Entry | None, other: Entry | None) -> Entry | None:
    ledgers = [Ledger(ORGANIZATION_ID, {}, {KEY: one} if one else {}) for one in (was, mine, other)]
    return merge(*ledgers).entries.get(KEY)


def _account(was: KnownAccount | None, mine: KnownAccount | None, other: KnownAccount | None) -> KnownAccount | None:
    ledgers = [Ledger(ORGANIZATION_ID, {A: one} if one else {}) for one in (was, mine, other)]
    return merge(*ledgers).accounts.get(A)


def _open(hours: int) -> Entry:
    later = NOW + hours * HOUR
    return replace(SEEN, last_seen=later, last_change=later, compliance=Compliance.NON_COMPLIANT, severity=Severity.LOW)


def test_what_only_one_run_changed_is_as_that_run_left_it() -> None:
    """Also if it is gone."""
    changed = _open(1)
    assert _entry(SEEN, changed, SEEN) == _entry(SEEN, SEEN, changed) == changed
    assert _entry(SEEN, None, SEEN) is _entry(SEEN, SEEN, None) is None
    assert _entry(None, changed, None) == _entry(None, None, changed) == changed


def test_what_one_run_forgot_and_the_other_changed_stays() -> None:
    """It was seen again."""
    changed = _open(1)
    assert _entry(SEEN, None, changed) == _entry(SEEN, changed, None) == changed


@pytest.mark.parametrize(("mine", "other"), [(1, 2), (2, 1)])
def test_of_two_observations_the_later_one_stays(mine: int, other: int) -> None:
    """Whoever wrote first."""
    merged = _entry(SEEN, replace(SEEN, last_seen=NOW + mine * HOUR), replace(_open(other), sent_at=NOW))
    assert merged
    assert merged.last_seen == NOW + 2 * HOUR
    assert merged.compliance is (Compliance.COMPLIANT if mine > other else Compliance.NON_COMPLIANT)


def test_an_observation_that_did_not_change_is_not_compared() -> None:
    """The clock went back since it was made; the other run only sent it."""
    earlier = replace(_open(0), last_seen=NOW - HOUR)
    merged = _entry(SEEN, earlier, replace(SEEN, sent_at=NOW))
    assert merged
    assert (merged.compliance, merged.sent_at) == (Compliance.NON_COMPLIANT, NOW)


def test_two_runs_that_both_saw_an_account_first_agree_on_what_people_know() -> None:
    """Only one of them reported it: no doubt is left."""
    reported = replace(_open(1), alerted_severity=Severity.LOW, alerted_at=NOW + HOUR)
    for mine, other in ((reported, _open(2)), (_open(2), reported)):
        merged = _entry(None, mine, other)
        assert merged
        assert merged.beliefs == {Severity.LOW}
    joined, unannounced = KNOWN, replace(KNOWN, presence_alerted=False, name="shop")
    announced = _account(None, joined, unannounced)
    assert announced
    assert (announced.presence_alerted, announced.presence_uncertain) == (True, False)


@pytest.mark.parametrize(("mine", "other", "expected"), [(1, 2, 2), (2, 1, 2), (None, 1, 1), (1, None, 1)])
def test_the_last_import_is_the_later_one(mine: int | None, other: int | None, expected: int) -> None:
    """Security Hub ignores one that is not later."""

    def sent(hours: int | None) -> Entry:
        return replace(SEEN, sent_at=None if hours is None else NOW + hours * HOUR)

    merged = _entry(replace(SEEN, sent_at=NOW), sent(mine), sent(other))
    assert merged
    assert merged.sent_at == NOW + expected * HOUR


def test_where_one_run_reported_joining_and_the_other_leaving_people_may_believe_either() -> None:
    """Nobody knows which message was read last."""
    was = replace(KNOWN, presence_alerted=False, presence_uncertain=True)
    joined = replace(KNOWN, presence_alerted=True)
    left = replace(KNOWN, presence_alerted=False, left=NOW)
    for mine, other in ((joined, left), (left, joined)):
        merged = _account(was, mine, other)
        assert merged
        assert merged.presence_uncertain


@pytest.mark.parametrize("archived", [True, False])
def test_a_finding_is_archived_if_the_later_import_says_so(archived: bool) -> None:  # noqa: FBT001  # the expectation
    """Time and state belong together."""
    earlier = replace(SEEN, sent_at=NOW + HOUR, archived=not archived)
    later = replace(SEEN, sent_at=NOW + 2 * HOUR, archived=archived)
    for mine, other in ((earlier, later), (later, earlier)):
        merged = _entry(replace(SEEN, sent_at=NOW), mine, other)
        assert merged
        assert merged.archived is archived


def test_an_account_of_which_people_know_that_it_is_out_of_scope_stays_so() -> None:
    """Only one of the runs reported it."""
    told = replace(KNOWN, out_of_scope_alerted=True)
    for mine, other in ((told, replace(KNOWN, name="shop")), (replace(KNOWN, name="shop"), told)):
        merged = _account(KNOWN, mine, other)
        assert merged
        assert (merged.name, merged.out_of_scope_alerted) == ("shop", True)


def test_what_either_run_knows_of_rules_and_orphans_is_kept() -> None:
    """Each of them may have reported another rule; what nobody was told of stays counted."""
    was = Ledger(ORGANIZATION_ID, orphans_unchecked=True)
    mine = replace(was, rules_off_alerted=("STS.1",), orphans_not_alerted=2, settings_alerted=("a",))
    other = replace(
        was, rules_off_alerted=("Regions.1",), orphans_unchecked=False, orphans_not_alerted=1, settings_alerted=("b",)
    )
    merged = merge(was, mine, other)
    assert merged.rules_off_alerted == ("Regions.1", "STS.1")
    assert merged.settings_alerted == ("a", "b")
    assert (merged.orphans_unchecked, merged.orphans_not_alerted) == (False, 2)


@pytest.mark.parametrize(("mine", "other", "in_use"), [(1, 2, False), (2, 1, True), (1, None, True), (None, 1, False)])
def test_the_later_reading_of_opt_in_regions_stays(mine: int | None, other: int | None, in_use: bool) -> None:  # noqa: FBT001  # the expectation
    """Whoever wrote first; a reading is later than none."""

    def read(hours: int | None, uses: bool) -> KnownAccount:  # noqa: FBT001  # by place
        if hours is None:
            return replace(KNOWN, name="shop")
        return replace(KNOWN, uses_opt_in_region=uses, opt_in_read_at=NOW + hours * HOUR)

    was = replace(KNOWN, uses_opt_in_region=True, opt_in_read_at=NOW)
    merged = _account(was, read(mine, uses=True), read(other, uses=False))
    assert merged
    assert merged.uses_opt_in_region is in_use
