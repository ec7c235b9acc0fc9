"""Retries: they last as long as they may help and the time allows, and not a moment longer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)

from regionproof.aws import retrying
from regionproof.aws.limits import Limits, account_time_limit, current_exchange
from regionproof.aws.retrying import AccountTimeout, Patience, limit_calls
from regionproof.errors import OutOfTime
from regionproof.time_budget import no_time_limit
from tests.support.stubs import a_client, answer_with, http_answer

XML = "<ErrorResponse><Error><Code>{}</Code><Message>as AWS says</Message></Error></ErrorResponse>"
FINE = (200, "<R><GetAccountSummaryResult><SummaryMap/></GetAccountSummaryResult></R>")
THROTTLED = (400, XML.format("Throttling"))
BUSY = (503, "")
DENIED = (403, XML.format("AccessDenied"))
LIMITS = Limits(attempts=4, patient_seconds=150)


@dataclass
class Time:
    """A clock that moves when botocore pauses before a retry."""

    now: float = 0
    left: float = float("inf")
    pauses: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.pauses.append(seconds)
        self.now += seconds

    def seconds_left(self) -> float:
        """Return the time until the deadline."""
        return self.left - self.now


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Return the time that all of botocore and of the limits goes by."""
    moving = Time()
    monkeypatch.setattr("time.sleep", moving.sleep)
    monkeypatch.setattr("time.monotonic", lambda: moving.now)
    return moving


def _client(service: str, passing: Time, *answers: Any, seconds: float | None = None) -> tuple[Any, list[float]]:
    """Return a client that is answered in turn, the last answer for ever, and the times of its attempts."""
    made = a_client(service)
    passing.left = float("inf") if seconds is None else seconds
    attempts: list[float] = []
    waiting = list(answers)

    def answer(_request: Any) -> Any:
        attempts.append(passing.now)
        following = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(following, Exception):
            raise following
        return http_answer(following[0], following[1], "text/xml")

    answer_with(made, answer)
    limit_calls(made, LIMITS, Patience(passing.seconds_left), LIMITS.answer_bytes)
    return made, attempts


def test_a_throttled_call_is_tried_until_it_passes(passing: Time) -> None:
    """However often: the pauses grow up to 20 seconds."""
    iam, attempts = _client("iam", passing, *[THROTTLED] * 20, FINE, seconds=3600)
    iam.get_account_summary()
    assert len(attempts) == 21
    assert max(passing.pauses) <= 20


def test_a_call_that_is_throttled_to_the_end_of_the_time_was_not_attempted(passing: Time) -> None:
    """No pause goes beyond the deadline."""
    iam, _ = _client("iam", passing, THROTTLED, seconds=100)
    with pytest.raises(OutOfTime, match="GetAccountSummary"):
        iam.get_account_summary()
    assert passing.now <= 100


def test_a_run_without_a_deadline_gives_up_on_a_throttled_call(passing: Time) -> None:
    """After its patience, with the refusal itself."""
    iam, _ = _client("iam", passing, THROTTLED)
    with pytest.raises(ClientError, match="Throttling"):
        iam.get_account_summary()
    assert LIMITS.patient_seconds - 20 <= passing.now <= LIMITS.patient_seconds


@pytest.mark.parametrize("fault", [BUSY, EndpointConnectionError(endpoint_url="https://iam")])
def test_another_fault_of_one_account_is_tried_a_few_times(passing: Time, fault: Any) -> None:
    """One account must not hold a worker for as long as the run lasts."""
    iam, attempts = _client("iam", passing, fault, seconds=3600)
    with pytest.raises((ClientError, EndpointConnectionError)):
        iam.get_account_summary()
    assert len(attempts) == LIMITS.attempts


@pytest.mark.parametrize("fault", [BUSY, THROTTLED, EndpointConnectionError(endpoint_url="https://sts")])
@pytest.mark.parametrize("seconds", [150, None], ids=["with a deadline", "without one"])
def test_a_call_that_the_run_depends_on_outlasts_an_outage(passing: Time, fault: Any, seconds: float | None) -> None:
    """At least two minutes of it, as the time allows."""
    sts, attempts = _client("sts", passing, fault, seconds=seconds)
    with pytest.raises((ClientError, EndpointConnectionError, OutOfTime)):
        sts.get_caller_identity()
    assert passing.now >= 120
    assert len(attempts) > LIMITS.attempts


@pytest.mark.parametrize(
    "failure",
    [
        SSLError(endpoint_url="https://sts", error=OSError("certificate verify failed: self-signed certificate")),
        SSLError(endpoint_url="https://sts", error=FileNotFoundError(2, "No such file or directory", "/nowhere.pem")),
        ProxyConnectionError(proxy_url="https://proxy", error="certificate verify failed: unable to get local issuer"),
        HTTPClientError(error=ValueError("Invalid header value b'a\\nb'")),
    ],
)
def test_what_no_repeat_changes_is_final(passing: Time, failure: Exception) -> None:
    """A proxy that inspects TLS is named at once: https://github.com/trek10inc/awsume/issues/266."""
    sts, made = _client("sts", passing, failure)
    with pytest.raises(type(failure)):
        sts.get_caller_identity()
    assert len(made) == 1


def test_a_refusal_is_final(passing: Time) -> None:
    """Asking again changes nothing."""
    iam, attempts = _client("iam", passing, DENIED, seconds=3600)
    with pytest.raises(ClientError, match="AccessDenied"):
        iam.get_account_summary()
    assert len(attempts) == 1


def test_the_retries_of_an_account_end_with_its_time(passing: Time) -> None:
    """The refusal is what it keeps: other accounts go on."""
    iam, _ = _client("iam", passing, THROTTLED, seconds=3600)
    with account_time_limit(30), pytest.raises(ClientError, match="Throttling"):
        iam.get_account_summary()
    assert passing.now <= 30


def test_an_account_whose_time_is_up_makes_no_further_call(passing: Time) -> None:
    """Its other reads may have used it up."""
    iam, attempts = _client("iam", passing, FINE, seconds=3600)
    with account_time_limit(30):
        passing.now += 31
        with pytest.raises(AccountTimeout):
            iam.get_account_summary()
    assert attempts == []


def test_a_run_whose_time_is_up_makes_no_further_call(passing: Time) -> None:
    """Before it is signed and sent."""
    iam, attempts = _client("iam", passing, FINE, seconds=0)
    with pytest.raises(OutOfTime):
        iam.get_account_summary()
    assert attempts == []


def test_an_exchange_that_the_end_of_the_run_cuts_off_was_not_attempted(passing: Time) -> None:
    """The network is not to blame for it."""
    iam, attempts = _client("iam", passing, ReadTimeoutError(endpoint_url="https://iam"), seconds=20)
    iam.meta.events.register_first("before-send", lambda **_: passing.sleep(21))
    with pytest.raises(OutOfTime, match="GetAccountSummary"):
        iam.get_account_summary()
    assert len(attempts) == 1


@pytest.mark.parametrize(
    ("run", "account", "expected"), [(3600, 3600, 30), (7, 3600, 7), (3600, 5, 5)], ids=["usual", "run", "account"]
)
def test_an_exchange_has_no_more_time_than_run_and_account(
    passing: Time, run: float, account: float, expected: float
) -> None:
    """Whichever ends first."""
    iam, _ = _client("iam", passing, FINE, seconds=run)
    with account_time_limit(account):
        iam.get_account_summary()
    exchange = current_exchange.get()
    assert exchange is not None
    assert exchange.seconds == expected


def test_botocores_own_retries_are_off(passing: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a failure would be paused for twice."""
    monkeypatch.setattr(retrying.CallLimits, "needs_retry", lambda *_arguments, **_event: None)
    iam, attempts = _client("iam", passing, THROTTLED, seconds=no_time_limit())
    with pytest.raises(ClientError):
        iam.get_account_summary()
    assert len(attempts) == 1
