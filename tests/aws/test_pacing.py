"""Courtesy: no more calls a second than AWS allows, whoever makes them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionproof.aws.pacing import CENTRAL_LIST_REGIONS, IMPORTS, Rate, TokenBucket, pace
from tests.stubs import a_client, answer_with, http_answer


@dataclass
class FakeTime:
    """A clock that moves when somebody sleeps, or when the test says so."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds


def a_bucket(rate: Rate) -> tuple[TokenBucket, FakeTime]:
    """Return a bucket and its time."""
    time = FakeTime()
    return TokenBucket(rate, lambda: time.now, time.sleep), time


def test_a_burst_passes_at_once_and_the_next_waits() -> None:
    """Four a second, three at once."""
    bucket, time = a_bucket(Rate(4, 3))
    for _ in range(3):
        bucket.take()
    assert time.slept == []
    bucket.take()
    assert time.slept == [pytest.approx(0.25)]


def test_after_a_pause_there_is_one_burst_and_no_more() -> None:
    """An hour of silence saves up nothing beyond the burst."""
    bucket, time = a_bucket(Rate(10, 2))
    bucket.take()
    time.now += 3600
    for _ in range(3):
        bucket.take()
    assert sum(time.slept) == pytest.approx(0.1)


@given(
    rate=st.floats(0.1, 300),
    burst=st.integers(1, 60),
    pauses=st.lists(st.floats(0, 5, allow_subnormal=False), min_size=1, max_size=80),
)
def test_in_no_stretch_of_time_do_more_calls_pass_than_the_rate_allows(
    rate: float, burst: int, pauses: list[float]
) -> None:
    """Whatever comes when: at most the burst and the rate times the stretch."""
    bucket, time = a_bucket(Rate(rate, burst))
    passed = []
    for pause in pauses:
        time.now += pause
        bucket.take()
        passed.append(time.now)
    for first, start in enumerate(passed):
        for last, end in enumerate(passed[first:], first):
            assert last - first + 1 <= burst + rate * (end - start) + 1e-3


def test_threads_share_a_bucket() -> None:
    """Eight threads get a turn each, one after the other; none gets another's."""
    slept: list[float] = []
    lock = threading.Lock()

    def sleep(seconds: float) -> None:
        with lock:
            slept.append(round(seconds, 6))

    bucket = TokenBucket(Rate(2, 1), lambda: 0.0, sleep)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: bucket.take(), range(8)))
    assert sorted(slept) == [turn / 2 for turn in range(1, 8)]


@pytest.mark.parametrize("share", [1, 0.5, 0.1])
def test_processes_that_share_a_quota_keep_below_it_together(share: float) -> None:
    """Ten batches at a tenth each are as fast as one process."""
    part = CENTRAL_LIST_REGIONS.shared(share)
    assert part.per_second / share == pytest.approx(CENTRAL_LIST_REGIONS.per_second)
    assert part.burst >= 1


def test_our_rates_lie_below_those_that_aws_publishes() -> None:
    """5 ListRegions and 10 imports a second, bursts of 5 and of 30."""
    assert (CENTRAL_LIST_REGIONS.per_second, CENTRAL_LIST_REGIONS.burst) < (5, 5)
    assert (IMPORTS.per_second, IMPORTS.burst) < (10, 30)


def test_every_attempt_of_a_call_takes_its_turn_before_it_is_signed() -> None:
    """A retry is a call like any other, and a signature must not grow old while it waits."""
    client: Any = a_client("account", attempts=2)
    events: list[str] = []
    answers = iter([http_answer(500, "{}"), http_answer(200, '{"Regions": []}', "application/json")])

    class NotingBucket(TokenBucket):
        def take(self, **request: Any) -> None:
            events.append("signed before" if "Authorization" in request["request"].headers else "waited")

    def answer(_request: Any) -> Any:
        events.append("sent")
        return next(answers)

    answer_with(client, answer)
    pace(client, "ListRegions", NotingBucket(Rate(4)))
    client.list_regions()
    assert events == ["waited", "sent", "waited", "sent"]
