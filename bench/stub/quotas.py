"""Quotas as AWS has them: a token bucket for each operation and account, and a refusal in the service's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .exchange import XML, Answer, json_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAMESPACES = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "sns": "http://sns.amazonaws.com/doc/2010-03-31/",
}
_TOO_MANY = {"organizations": 400, "account": 429, "securityhub": 429}
"""The services that say TooManyRequestsException, and the status with which they do."""


@dataclass(frozen=True, slots=True)
class Quota:
    """At most ``rate`` calls a second in the long run, and ``burst`` at once."""

    rate: float
    burst: float


@dataclass(slots=True)
class _Bucket:
    quota: Quota
    tokens: float
    filled_at: float

    def take(self, now: float) -> bool:
        self.tokens = min(self.quota.burst, self.tokens + (now - self.filled_at) * self.quota.rate)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class Quotas:
    """The quotas by operation. Each account has its own bucket of each. ``clock`` returns seconds."""

    by_operation: Mapping[str, Quota]
    clock: Callable[[], float]
    _buckets: dict[tuple[str, int], _Bucket] = field(default_factory=dict)

    def allow(self, operation: str, account: int) -> bool:
        """Take one call from the bucket, and return whether it was there."""
        quota = self.by_operation.get(operation)
        if quota is None:
            return True
        now = self.clock()
        bucket = self._buckets.setdefault((operation, account), _Bucket(quota, quota.burst, now))
        return bucket.take(now)


def throttled(service: str) -> Answer:
    """Return the refusal of a call that came too fast, with the code and status of the service."""
    if service in _TOO_MANY:
        code = "TooManyRequestsException"
        answer = json_answer({"__type": code, "message": "Rate exceeded"}, _TOO_MANY[service])
        answer.headers = {"x-amzn-ErrorType": code}
        return answer
    if service == "s3":
        body = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
        return Answer(body.encode(), 503, XML)
    error = "<Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error>"
    namespace = _NAMESPACES[service]
    return Answer(f'<ErrorResponse xmlns="{namespace}">{error}</ErrorResponse>'.encode(), 400, XML)
