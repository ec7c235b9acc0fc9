"""Courtesy: calls that share a quota with others of the caller's account pass through a token bucket.

The quotas are AWS's, where AWS publishes them; ours lie below them, as the account has other users too.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.client import BaseClient


@dataclass(frozen=True, slots=True)
class Rate:
    """How many calls a second may pass, and how many at once after a pause."""

    per_second: float
    burst: int = 1

    def shared(self, share: float) -> Rate:
        """Return the part of this rate that one of several processes may use: ``share`` lies above 0, up to 1."""
        return Rate(self.per_second * share, max(1, int(self.burst * share)))


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
class TokenBucket:
    """Lets calls of all threads pass at a rate; who comes too early waits its turn, in the order of coming."""

    rate: Rate
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _full_at: float = field(default=float("-inf"), init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def take(self, **_request: Any) -> None:
        """Wait until one more call may pass. As a handler of botocore's events it takes what they tell."""
        one = 1 / self.rate.per_second
        with self._lock:
            now = self.clock()
            self._full_at = max(self._full_at, now) + one
            wait = self._full_at - now - self.rate.burst * one
        if wait > 0:
            self.sleep(wait)


def pace(client: BaseClient, operation: str, bucket: TokenBucket) -> None:
    """Let every attempt of an operation, retries too, pass through a bucket before it is signed.

    https://botocore.amazonaws.com/v1/documentation/api/latest/topics/events.html
    """
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register_first(f"request-created.{service}.{operation}", bucket.take)
