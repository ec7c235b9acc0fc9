"""Rate limiting: no more calls a second than AWS allows, anyone who makes them, and no wait beyond the deadline."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionproof.aws.limits import account_time_limit, seconds_left_for_account
from regionproof.aws.pacing import (
    CENTRAL_LIST_REGIONS,
    IMPORTS,
    LONGEST_SLEEP_SECONDS,
    STS_SESSIONS,
    Rate,
    RateLimiter,
    pace,
)
from regionproof.errors import OutOfTime
from tests.support.stubs import a_client, answer_with, http_answer

THROTTLED = {"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}
FINE: dict[str, Any] = {}


@dataclass
class FakeTime:
    """A clock that moves when someone sleeps, or when the test says so."""

    now: float = 1000.0
    ends_at: float = float("inf")
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds

    def left(self) -> float:
        """Return the time until the deadline."""
        return self.ends_at - self.now


def a_limiter(rate: Rate, seconds: float = float("inf")) -> tuple[RateLimiter, FakeTime]:
    """Return a limiter with a deadline after some seconds, and its time."""
    time = FakeTime()
    time.ends_at = time.now + seconds
    return RateLimiter(rate, time.left, lambda: time.now, time.sleep), time


def test_a_burst_passes_at_once_and_the_next_waits() -> None:
    """Four a second, three at once."""
    limiter, time = a_limiter(Rate(4, 3))
    for _ in range(3):
        limiter.take()
    assert time.slept == []
    limiter.take()
    assert time.slept == [pytest.approx(0.25)]


def test_after_a_pause_there_is_one_burst_and_no_more() -> None:
    """An hour of silence saves up nothing beyond the burst."""
    limiter, time = a_limiter(Rate(10, 2))
    limiter.take()
    time.now += 3600
    for _ in range(3):
        limiter.take()
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
    limiter, time = a_limiter(Rate(rate, burst))
    passed = []
    for pause in pauses:
        time.now += pause
        limiter.take()
        passed.append(time.now)
    for first, start in enumerate(passed):
        for last, end in enumerate(passed[first:], first):
            assert last - first + 1 <= burst + rate * (end - start) + 1e-3


def test_threads_share_a_limiter() -> None:
    """Eight threads get a turn each, one after the other; none gets another's."""
    limiter, time = a_limiter(Rate(2, 1))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: limiter.take(), range(8)))
    assert sum(time.slept) == pytest.approx(7 / 2)


def test_no_call_waits_beyond_the_deadline() -> None:
    """Neither for its turn nor for the rate: it was not made then."""
    limiter, time = a_limiter(Rate(0.1), seconds=3)
    limiter.take()
    with pytest.raises(OutOfTime, match="AssumeRole"):
        limiter.take(operation_name="AssumeRole")
    assert time.now == time.ends_at
    with pytest.raises(OutOfTime):
        limiter.take()


def test_a_call_that_waits_behind_others_stops_at_the_deadline_too() -> None:
    """The turn is someone else's until then."""
    held, let_go = threading.Event(), threading.Event()

    def hold(_seconds: float) -> None:
        held.set()
        let_go.wait(10)

    first = RateLimiter(Rate(1), lambda: 0.05, lambda: 0.0, hold)
    first.take()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(first.take)
        assert held.wait(10)
        with pytest.raises(OutOfTime):
            first.take()
        first.clock = lambda: 1.0
        let_go.set()
        waiting.result(10)


def test_a_wait_is_no_time_of_the_account() -> None:
    """What an account may take is for its own calls."""
    limiter, time = a_limiter(Rate(1))
    with account_time_limit(60):
        before = seconds_left_for_account()
        limiter.take()
        limiter.take()
        assert time.slept
        assert seconds_left_for_account() == pytest.approx(before + 1, abs=0.5)


def _run(limiter: RateLimiter, time: FakeTime, seconds: float, *, throttled_every: int | None) -> int:
    """Make calls for some seconds, of which AWS throttles each n-th one, or none; return how many passed."""
    end, calls = time.now + seconds, 0
    while time.now < end:
        limiter.take()
        calls += 1
        refused = throttled_every is not None and calls % throttled_every == 0
        limiter.note(THROTTLED if refused else FINE)
    return calls


def test_while_aws_throttles_everything_the_rate_is_slow() -> None:
    """As slow as it gets, but never still."""
    limiter, time = a_limiter(STS_SESSIONS)
    _run(limiter, time, 10, throttled_every=1)
    assert limiter.per_second == STS_SESSIONS.slowest
    assert _run(limiter, time, 10, throttled_every=1) <= 10 * STS_SESSIONS.slowest + 1


def test_after_the_throttling_the_full_rate_comes_back() -> None:
    """Within half a minute, and calls that wait meanwhile notice."""
    limiter, time = a_limiter(STS_SESSIONS)
    _run(limiter, time, 30, throttled_every=1)
    _run(limiter, time, 30, throttled_every=None)
    assert limiter.per_second == STS_SESSIONS.per_second
    assert max(time.slept) <= LONGEST_SLEEP_SECONDS


def test_a_tenth_of_throttled_calls_slows_nothing_down() -> None:
    """At the edge of a quota some always are; the retries cost their share and no more."""
    limiter, time = a_limiter(STS_SESSIONS)
    assert _run(limiter, time, 60, throttled_every=10) > 60 * STS_SESSIONS.per_second * 0.95


def test_the_rate_settles_at_what_aws_accepts() -> None:
    """A quota of 40 a second that others leave us, with its own burst."""
    limiter, time = a_limiter(STS_SESSIONS)
    tokens, filled_at, accepted, calls = 40.0, time.now, 0, 0
    while time.now < 1000 + 120:
        limiter.take()
        tokens = min(40, tokens + 40 * (time.now - filled_at))
        filled_at = time.now
        fits = tokens >= 1
        tokens -= fits
        calls, accepted = calls + 1, accepted + fits
        limiter.note(FINE if fits else THROTTLED)
    assert accepted > 0.9 * 40 * 120
    assert accepted > 0.7 * calls


@pytest.mark.parametrize("answer", [None, {"Error": None}, {"Error": {"Code": None}}, {"Error": "Throttling"}])
def test_an_answer_that_is_none_breaks_nothing(answer: Any) -> None:
    """It is counted as what it is: not throttled, or no answer."""
    limiter, _ = a_limiter(Rate(4))
    limiter.note(answer)
    assert limiter.per_second == 4


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

    class NotingLimiter(RateLimiter):
        def take(self, operation_name: str = "", **request: Any) -> None:
            events.append("signed before" if "Authorization" in request["request"].headers else "waited")
            assert operation_name == "ListRegions"

        def note(self, parsed_response: dict[str, Any] | None = None, **_of_the_event: Any) -> None:
            events.append("answered" if parsed_response is not None else "failed")

    def answer(_request: Any) -> Any:
        events.append("sent")
        return next(answers)

    answer_with(client, answer)
    pace(client, "ListRegions", NotingLimiter(Rate(4)))
    client.list_regions()
    assert events == ["waited", "sent", "answered"] * 2
