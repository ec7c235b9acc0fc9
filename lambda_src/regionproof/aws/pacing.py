"""Rate limiting: calls that share a quota with others of the caller's account pass through a limiter.

The quotas are AWS's, if AWS publishes them; ours are below them, as the account has other users too. The rate
falls when AWS throttles all the same, and rises again afterwards.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from regionproof.domain.cause_tables import THROTTLING_CODES
from regionproof.errors import OutOfTime
from regionproof.time_budget import no_time_limit

from .limits import extend_account_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.client import BaseClient

SMALL_SHARE, TOLERATED_SHARE = 0.15, 0.25
"""What part of the calls AWS may throttle while the rate rises, and while it stays."""

HEADROOM = 1.1
"""How far above the calls that AWS accepted the rate goes on, so a quota that grows again is noticed."""

DEEPEST_FALL = 0.5
"""To what part of itself the rate falls with one window at most: a single one may be bad luck."""

RISE = 1.3
"""How fast the rate rises with each window in which AWS throttled little."""

WINDOW_SECONDS = 1.0
ANSWERS_PER_WINDOW = 20
LONGEST_WINDOW_SECONDS = 5.0
"""When the rate is adapted: each second, if there were enough answers to judge by, or else after five."""

LARGEST_FALL = 25
"""The rate falls to this part of the full one at most, and not below one call a second."""

SMALLEST_PART = 1e-6
"""Of a call: what is missing by less is an error of rounding."""

LONGEST_SLEEP_SECONDS = 0.5
"""After this time a waiting call looks at the rate again."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many calls a second may pass, and how many at once after a pause."""

    per_second: float
    burst: int = 1

    def shared(self, share: float) -> Rate:
        """Return the part of this rate that one of several processes may use: ``share`` is above 0, up to 1."""
        return Rate(self.per_second * share, max(1, int(self.burst * share)))

    @property
    def slowest(self) -> float:
        """Return the calls a second that may pass while AWS throttles everything."""
        return min(self.per_second, max(1.0, self.per_second / LARGEST_FALL))


ORGANIZATIONS = Rate(10, 5)
"""For each operation: our own guess, as no number of AWS was at hand. Overlapping calls of one were seen refused."""

STS_SESSIONS = Rate(250, 50)
"""For AssumeRole and AssumeRoot. AWS publishes no number; 600 a second is what others report."""

CENTRAL_LIST_REGIONS = Rate(4, 1)
"""AWS allows 5 a second. https://docs.aws.amazon.com/accounts/latest/reference/quotas.html"""

IMPORTS = Rate(9, 10)
"""AWS allows BatchImportFindings 10 a second and bursts of 30.

https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html
"""


LISTINGS = Rate(2.5, 5)
"""AWS allows GetFindings 3 a second and bursts of 6.

https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html
"""


@dataclass(slots=True)
class RateLimiter:
    """Limit the calls of all threads to a rate. Early callers wait, and none waits longer than ``seconds_left``."""

    rate: Rate
    seconds_left: Callable[[], float] = no_time_limit
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    per_second: float = field(init=False)
    _tokens: float = field(init=False)
    _filled_at: float = field(init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)
    _answers: _Answers = field(init=False)

    def __post_init__(self) -> None:
        """Start at the full rate, with a full burst."""
        self.per_second = self.rate.per_second
        self._tokens, self._filled_at = self.rate.burst, self.clock()
        self._answers = _Answers(self.clock())

    def take(self, operation_name: str = "", **_request: Any) -> None:
        """Wait until one more call may pass. It takes the arguments of botocore's events.

        Raises ``OutOfTime`` as soon as the time for the call is up. The wait does not count as time of the account.
        """
        began, left = self.clock(), self.seconds_left()
        if not self._turn.acquire(timeout=min(max(left, 0), threading.TIMEOUT_MAX)):
            raise OutOfTime(operation_name)
        try:
            while (wait := self._seconds_to_next_call()) > 0:
                left = self.seconds_left()
                if left <= 0:
                    raise OutOfTime(operation_name)
                self.sleep(min(wait, left, LONGEST_SLEEP_SECONDS))
            self._tokens -= 1
        finally:
            self._turn.release()
        extend_account_time(self.clock() - began)

    def note(self, parsed_response: dict[str, Any] | None = None, **_of_the_event: Any) -> None:
        """Count an answer of AWS, and adapt the rate. It takes the arguments of botocore's events."""
        if parsed_response is not None:
            self._answers.add(throttled=is_throttled(parsed_response))
            self.per_second = self._answers.adapted(self.per_second, self.rate, self.clock())

    def _seconds_to_next_call(self) -> float:
        """Fill the bucket up to now, and return how long the next token takes."""
        now = self.clock()
        self._tokens = min(self.rate.burst, self._tokens + (now - self._filled_at) * self.per_second)
        self._filled_at = now
        missing = 1 - self._tokens
        return missing / self.per_second if missing > SMALLEST_PART else 0


@dataclass(slots=True)
class _Answers:
    """The answers of one window of time."""

    began: float
    count: int = 0
    throttled: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, throttled: bool) -> None:
        """Count one answer."""
        with self.lock:
            self.count += 1
            self.throttled += throttled

    def adapted(self, per_second: float, rate: Rate, now: float) -> float:
        """Return the rate to go on with. At the end of a window it may be another one, and a new window begins."""
        with self.lock:
            seconds = now - self.began
            if seconds < WINDOW_SECONDS or (self.count < ANSWERS_PER_WINDOW and seconds < LONGEST_WINDOW_SECONDS):
                return per_second
            accepted, share = self.count - self.throttled, self.throttled / max(self.count, 1)
            self.began, self.count, self.throttled = now, 0, 0
        if share <= TOLERATED_SHARE:
            return min(rate.per_second, per_second * RISE) if share <= SMALL_SHARE else per_second
        wanted = max(HEADROOM * accepted / seconds, per_second * DEEPEST_FALL)
        return max(rate.slowest, min(per_second, wanted))


def is_throttled(parsed_response: dict[str, Any]) -> bool:
    """Return whether AWS refused a call because there were too many."""
    error = parsed_response.get("Error")
    return isinstance(error, dict) and error.get("Code") in THROTTLING_CODES


class ThrottleCounter:
    """Count the throttled calls of all clients of the sessions that it watches, retried or not."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def watch(self, session: Any) -> None:
        """Count the throttled calls of every client that this session makes from now on."""
        session.events.register("response-received.*", self._note)

    @property
    def count(self) -> int:
        """Return the number so far."""
        return self._count

    def _note(self, parsed_response: dict[str, Any] | None = None, **_of_the_event: Any) -> None:
        if parsed_response is not None and is_throttled(parsed_response):
            with self._lock:
                self._count += 1


def pace(client: BaseClient, operation: str, limiter: RateLimiter) -> None:
    """Let every attempt of an operation, retries too, pass through a limiter before it is signed.

    https://botocore.amazonaws.com/v1/documentation/api/latest/topics/events.html
    """
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register_first(f"request-created.{service}.{operation}", limiter.take)
    client.meta.events.register(f"response-received.{service}.{operation}", limiter.note)
