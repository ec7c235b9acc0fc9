"""Facts: what was read of an account, and why the rest was not."""

from __future__ import annotations

import pytest

from regionproof.domain.facts import (
    AccountFacts,
    NotTried,
    OptStatus,
    ReadFailure,
    RegionOptStatuses,
    TokenVersion,
    any_opt_in_region_in_use,
)
from tests.support.builders import DENIED, regions, some_facts

NOT_TRIED = NotTried("the run's time was up")


def test_an_opt_in_region_is_any_that_is_not_enabled_by_default() -> None:
    """No list of Regions is built in; disabled ones are shown too, by name."""
    found = regions(me_south_1="ENABLED", ap_east_1="DISABLED")
    assert found.opt_in == {"ap-east-1": OptStatus.DISABLED, "me-south-1": OptStatus.ENABLED}
    assert list(found.opt_in) == ["ap-east-1", "me-south-1"]


@pytest.mark.parametrize(
    ("status", "counts"),
    [("ENABLED_BY_DEFAULT", False), ("ENABLED", True), ("ENABLING", True), ("DISABLING", True), ("DISABLED", False)],
)
def test_enabled_enabling_and_disabling_regions_count_as_in_use(status: str, counts: bool) -> None:  # noqa: FBT001
    """A Region being disabled still takes calls; one being enabled soon will."""
    assert regions(af_south_1=status).in_use_or_about_to_be == (("af-south-1",) if counts else ())


def test_a_fact_that_was_read_is_given() -> None:
    """By its kind."""
    facts = some_facts(TokenVersion(2))
    assert facts.result(TokenVersion) == facts.get(TokenVersion) == TokenVersion(2)
    assert facts.complete


@pytest.mark.parametrize("why", [DENIED, NOT_TRIED])
def test_what_was_not_read_is_no_value(why: ReadFailure | NotTried) -> None:
    """The reason is given in its place, and ``known`` gives nothing."""
    facts = AccountFacts({TokenVersion: why, RegionOptStatuses: regions()})
    assert facts.result(TokenVersion) is why
    assert facts.get(TokenVersion) is None
    assert not facts.complete


def test_a_fact_that_nobody_wanted_is_no_value_and_no_failure() -> None:
    """If no enabled rule needs a fact, its absence leaves the account audited."""
    facts = AccountFacts({TokenVersion: TokenVersion(1)})
    assert isinstance(facts.result(RegionOptStatuses), NotTried)
    assert facts.get(RegionOptStatuses) is None
    assert facts.complete


def test_one_failure_behind_two_facts_is_told_once() -> None:
    """A closed way in leaves every fact unread, by one cause."""
    assert some_facts(DENIED, DENIED).read_failures == (DENIED,)


def test_two_failures_are_told_in_the_order_of_the_facts() -> None:
    """None hides the other."""
    throttled = ReadFailure("account:ListRegions", "Throttling", "Rate exceeded")
    assert some_facts(DENIED, throttled).read_failures == (DENIED, throttled)


CENTRAL_FAILURE = ReadFailure("account:ListRegions", "AccessDeniedException", "trusted access")
DENIED_REGIONS = ReadFailure("account:ListRegions", "AccessDeniedException", "service control policy")


def test_a_denial_behind_a_central_answer_is_no_failure() -> None:
    """The fact was read, and the denial stays known."""
    facts = AccountFacts({RegionOptStatuses: regions()}, {RegionOptStatuses: DENIED_REGIONS})
    assert facts.complete
    assert facts.read_centrally == (DENIED_REGIONS,)
    assert facts.read_failures == facts.unread_centrally == ()


def test_a_central_failure_does_not_hide_the_denial() -> None:
    """Both are failures, that in the account first, even if they are alike."""
    for failure in (CENTRAL_FAILURE, DENIED_REGIONS):
        facts = AccountFacts({RegionOptStatuses: failure, TokenVersion: DENIED}, {RegionOptStatuses: DENIED_REGIONS})
        assert facts.unread_in_account == (DENIED_REGIONS, DENIED)
        assert facts.unread_centrally == (failure,)
        assert facts.read_failures == (DENIED_REGIONS, DENIED, failure)
        assert facts.read_centrally == ()


def test_a_denial_without_time_to_ask_centrally_was_not_attempted_to_the_end() -> None:
    """The next run begins with such an account, and nothing of it counts as read."""
    facts = AccountFacts({RegionOptStatuses: NOT_TRIED}, {RegionOptStatuses: DENIED_REGIONS})
    assert facts.not_tried == (NOT_TRIED,)
    assert facts.read_failures == facts.read_centrally == ()
    assert not facts.complete


def test_reasons_of_reads_not_tried_are_told_once() -> None:
    """They are kept apart from failures."""
    facts = AccountFacts({TokenVersion: NOT_TRIED, RegionOptStatuses: NOT_TRIED})
    assert facts.not_tried == (NOT_TRIED,)
    assert facts.read_failures == ()


def test_a_fact_filed_under_the_wrong_kind_is_an_error() -> None:
    """A mistake of a reader never passes for a value."""
    facts = AccountFacts({TokenVersion: regions()})
    with pytest.raises(TypeError, match="TokenVersion was asked for"):
        facts.result(TokenVersion)


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        ((), False),
        ((False, False), False),
        ((False, None), None),
        ((None, True), True),
        ((False, True), True),
    ],
)
def test_opt_in_regions_are_not_in_use_only_if_that_is_known_of_every_account(
    accounts: tuple[bool | None, ...],
    expected: bool | None,  # noqa: FBT001  # one of three states
) -> None:
    """One account that uses one settles it; else one unknown account leaves it open."""
    assert any_opt_in_region_in_use(accounts) is expected
