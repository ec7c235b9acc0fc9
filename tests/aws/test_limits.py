"""The time of an account: it ends, and waits that the account is not to blame for do not count."""

from __future__ import annotations

import pytest

from regionproof.aws.limits import Exchange, account_time_limit, extend_account_time, seconds_left_for_account


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time, for a test to move."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def test_the_time_of_an_account_passes(passing: list[float]) -> None:
    """And is over at some point."""
    with account_time_limit(60):
        passing[0] += 59
        assert seconds_left_for_account() == 1
        passing[0] += 2
        assert seconds_left_for_account() == -1


def test_a_wait_can_be_given_back(passing: list[float]) -> None:
    """Such as that in a rate limiter."""
    with account_time_limit(60):
        passing[0] += 40
        extend_account_time(40)
        assert seconds_left_for_account() == 60


def test_outside_an_account_there_is_no_limit(passing: list[float]) -> None:
    """For the calls of the run itself; the limit ends with its block."""
    with account_time_limit(60):
        passing[0] += 1
    extend_account_time(5)
    assert seconds_left_for_account() == float("inf")


def test_an_exchange_has_its_own_time(passing: list[float]) -> None:
    """From its beginning."""
    exchange = Exchange(30, 1000)
    passing[0] += 31
    assert exchange.seconds_left == -1
