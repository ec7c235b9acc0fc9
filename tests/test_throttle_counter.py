"""The count of throttled calls: by the answers, over all clients of the sessions that are watched."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config

from regionproof.aws.pacing import ThrottleCounter
from regionproof.domain.cause_tables import THROTTLING_CODES
from tests.support.stubs import answer_with, http_answer

_ERROR = "<ErrorResponse><Error><Code>{}</Code><Message>Rate exceeded</Message></Error></ErrorResponse>"
_RESULT = "<GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult>"
_FINE = f"<GetCallerIdentityResponse>{_RESULT}</GetCallerIdentityResponse>"


def _sts(counter: ThrottleCounter | None, *answers: str) -> Any:
    """Return a client of its own session, which answers in turn and tries each call that often."""
    session: Any = boto3.Session("AKIDEXAMPLE", "example", region_name="us-east-1")
    if counter:
        counter.watch(session)
    client = session.client("sts", config=Config(retries={"mode": "standard", "total_max_attempts": len(answers)}))
    waiting = [http_answer(200 if answer == _FINE else 400, answer, "text/xml") for answer in answers]
    answer_with(client, lambda _request: waiting.pop(0))
    return client


@pytest.mark.parametrize("code", sorted(THROTTLING_CODES))
def test_a_throttled_call_is_counted_also_where_a_retry_succeeds(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run was slowed down, though nothing failed."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    counter = ThrottleCounter()
    _sts(counter, _ERROR.format(code), _FINE).get_caller_identity()
    assert counter.count == 1


@pytest.mark.parametrize("code", ["AccessDenied", "InternalError", "ServiceUnavailable"])
def test_another_failure_is_not_counted(code: str) -> None:
    """A denied call is not too fast."""
    counter = ThrottleCounter()
    client = _sts(counter, _ERROR.format(code))
    with pytest.raises(client.exceptions.ClientError, match=code):
        client.get_caller_identity()
    assert counter.count == 0


def test_a_call_that_succeeds_is_not_counted() -> None:
    """Nor one of a session that is not watched."""
    counter = ThrottleCounter()
    _sts(counter, _FINE).get_caller_identity()
    unwatched = _sts(None, _ERROR.format("Throttling"))
    with pytest.raises(unwatched.exceptions.ClientError):
        unwatched.get_caller_identity()
    assert counter.count == 0


def test_the_clients_of_all_watched_sessions_are_counted_together() -> None:
    """The caller's and the members'."""
    counter = ThrottleCounter()
    for _ in range(3):
        client = _sts(counter, _ERROR.format("Throttling"))
        with pytest.raises(client.exceptions.ClientError):
            client.get_caller_identity()
    assert counter.count == 3


def test_an_answer_that_is_none_is_no_throttled_call() -> None:
    """A connection that broke off has no answer to look at."""
    counter = ThrottleCounter()
    client = _sts(counter, "<html>")
    with pytest.raises(Exception, match="Unable to parse"):
        client.get_caller_identity()
    assert counter.count == 0
