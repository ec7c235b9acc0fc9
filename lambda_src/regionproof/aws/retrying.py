"""Retries that know the deadline: what is tried again, after which pause, and when to stop.

Botocore's code decides what counts as throttling or as a passing fault, and how long to pause. Its retry modes are
not used: they try a fixed number of times, and the rate limiter of the adaptive mode waits without any bound.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, SSLError
from botocore.retries.standard import (
    ExponentialBackoff,
    ModeledRetryableChecker,
    OrRetryChecker,
    RetryEventAdapter,
    ThrottlingErrorDetector,
    TransientRetryableChecker,
)

from regionproof.domain.causes import is_of_a_certificate
from regionproof.errors import OutOfTime
from regionproof.time_budget import no_time_limit

from .connections import ResponseTooLarge, limit_connections
from .limits import Exchange, Limits, current_exchange, seconds_left_for_account

if TYPE_CHECKING:
    from collections.abc import Callable

_adapter = RetryEventAdapter()
_throttling = ThrottlingErrorDetector(_adapter)
_passing = OrRetryChecker([TransientRetryableChecker(), ModeledRetryableChecker()])
_backoff = ExponentialBackoff(throttling_detector=_throttling)

_WHOLE_RUN = frozenset(
    {
        "DescribeOrganization",
        "GetCallerIdentity",
        "GetObject",
        "ListAccounts",
        "ListAccountsForParent",
        "ListOrganizationalUnitsForParent",
        "ListRoots",
        "PutObject",
    }
)
"""Operations that the whole run depends on. They are tried until the time is up, also through an outage."""

_FIRST_FAILURE = "regionproof_first_failure"
"""Where the context of a request keeps the time of its first failed attempt."""


class AccountTimeout(BotoCoreError):
    """All time for the reads of one account is used up."""

    fmt = "the account was not read within the time limit for one account"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client keeps trying: ``seconds_left`` returns what the run has left for this client's calls."""

    seconds_left: Callable[[], float] = no_time_limit


PATIENT = Patience()
"""For calls of a run without a deadline."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The limits of one client's calls, as handlers of botocore's events."""

    limits: Limits
    patience: Patience
    answer_bytes: int

    def begin_exchange(self, operation_name: str = "", **_request: Any) -> None:
        """Start the time and the size of one attempt.

        Raises ``OutOfTime`` if the run has no time left, and ``AccountTimeout`` if the account has none.
        """
        run, account = self.patience.seconds_left(), seconds_left_for_account()
        if run <= 0:
            raise OutOfTime(operation_name)
        if account <= 0:
            raise AccountTimeout
        current_exchange.set(Exchange(min(self.limits.exchange_seconds, run, account), self.answer_bytes))

    def needs_retry(self, operation: Any, attempts: int, **event: Any) -> float | None:
        """Return the pause before the next attempt, in seconds; None if the failure is final.

        Raises ``OutOfTime`` if AWS throttled the call for all the time that the run had for it, and if the end of that
        time cut an exchange off.
        """
        if event.get("caught_exception") is not None and self.patience.seconds_left() <= 0:
            raise OutOfTime(operation.name)
        context = _adapter.create_retry_context(operation=operation, attempts=attempts, **event)
        throttled = _throttling.is_throttling_error_from_context(context)
        if not throttled and not self._may_pass(context):
            return None
        pause: float = _backoff.delay_amount(context)
        if pause >= seconds_left_for_account():
            return None
        if pause < self._seconds_left(context):
            return pause
        if throttled and self.patience.seconds_left() != no_time_limit():
            raise OutOfTime(operation.name)
        return None

    def _may_pass(self, context: Any) -> bool:
        """Return whether a failure may pass on its own, and the call may be made again."""
        caught = context.caught_exception
        if isinstance(caught, BotoCoreError) and _is_final(caught):
            return False
        may_go_on = context.attempt_number < self.limits.attempts or context.operation_model.name in _WHOLE_RUN
        return may_go_on and bool(_passing.is_retryable(context))

    def _seconds_left(self, context: Any) -> float:
        """Return the time left for this call: that of the run, or ``Limits.patient_seconds`` without a deadline."""
        left = self.patience.seconds_left()
        if left != no_time_limit():
            return left
        now = time.monotonic()
        began: float = context.request_context.setdefault(_FIRST_FAILURE, now)
        return began + self.limits.patient_seconds - now


def _is_final(failure: BotoCoreError) -> bool:
    """Return whether a call without an answer fails for what no repeat changes: a certificate, a header, a size."""
    error = failure.kwargs.get("error")
    words = f"{failure} {error}"
    no_bundle = isinstance(failure, SSLError) and "No such file" in words
    too_large = isinstance(error, ResponseTooLarge)
    return no_bundle or too_large or is_of_a_certificate(words) or "Invalid header value" in words


def limit_calls(client: Any, limits: Limits, patience: Patience, answer_bytes: int) -> None:
    """Let a client keep to the limits: connections, exchanges and retries. ``answer_bytes`` bounds each response."""
    limit_connections(client)
    handlers = CallLimits(limits, patience, answer_bytes)
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register_first(f"request-created.{service}", handlers.begin_exchange)
    client.meta.events.unregister(f"needs-retry.{service}", unique_id=f"retry-config-{service}")
    client.meta.events.register(f"needs-retry.{service}", handlers.needs_retry)
