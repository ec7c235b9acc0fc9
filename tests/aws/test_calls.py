"""Calls: anything but an answer becomes a typed failure, whatever its fields hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
    SSOTokenLoadError,
)
from botocore.parsers import ResponseParserError
from hypothesis import given
from hypothesis import strategies as st

from regionproof.aws.calls import CallFailed, ask, failure_of, guarded, is_uncertain, listed, unread
from regionproof.aws.connections import ResponseTooLarge
from regionproof.domain.facts import ReadFailure
from regionproof.errors import OutOfTime, UnexpectedAnswer
from tests.support.stubs import a_client, answer_with, http_answer

if TYPE_CHECKING:
    from collections.abc import Callable

CALL = "iam:GetAccountSummary"
VALUES: Any = (
    st.none() | st.text() | st.integers() | st.lists(st.text(), max_size=2) | st.dictionaries(st.text(), st.none())
)


def _error(response: Any) -> ClientError:
    return ClientError(response, "GetAccountSummary")


def _raising(failure: Exception) -> Callable[[], Any]:
    def operation() -> Any:
        raise failure

    return operation


@pytest.mark.parametrize(
    ("cause", "code", "message"),
    [
        (_error({"Error": {"Code": "AccessDenied", "Message": "no"}}), "AccessDenied", "no"),
        (_error({"Error": {"Code": "AccessDenied", "Message": None}}), "AccessDenied", ""),
        (_error({"Error": {"Code": "AccessDenied"}}), "AccessDenied", ""),
        (_error({"Error": {"Code": None, "Message": None}}), "ClientError", ""),
        (_error({"Error": {"Code": 404, "Message": ["a", 1]}}), "404", "['a', 1]"),
        (_error({"Error": {"Code": "", "Message": ""}}), "ClientError", ""),
        (_error({}), "ClientError", ""),
        (NoCredentialsError(), "NoCredentialsError", "Unable to locate credentials"),
        (SSOTokenLoadError(error_msg="gone"), "SSOTokenLoadError", "Error loading SSO Token: gone"),
        (BotoCoreError(), "BotoCoreError", "An unspecified error occurred"),
        (KeyError("Accounts"), "KeyError", "'Accounts'"),
        (RecursionError("too deep"), "RecursionError", "too deep"),
    ],
)
def test_a_failure_has_a_code_and_a_message_whatever_the_error_holds(cause: Exception, code: str, message: str) -> None:
    """The code is never empty, so a finding can name it; null is not a message."""
    failure = failure_of(CALL, cause)
    assert (failure.code, failure.message) == (code, message)
    assert failure.as_read_failure() == ReadFailure(CALL, code, message)


@given(code=VALUES, message=VALUES, status=VALUES, shape=VALUES)
def test_no_error_that_aws_sends_raises_another_one(code: Any, message: Any, status: Any, shape: Any) -> None:
    """Fields may be missing, null, or of any type."""
    whole = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    for response in (whole, {"Error": shape, "ResponseMetadata": shape}):
        with pytest.raises(CallFailed) as caught:
            ask(CALL, lambda answer=response: _raising(_error(answer))())
        assert caught.value.failure.call == CALL
        assert caught.value.code


@pytest.mark.parametrize(
    "cause",
    [ResponseParserError("not XML"), TypeError("None"), ValueError("x"), AttributeError("get"), IndexError("0")],
)
def test_what_a_parser_raises_is_a_failure_of_the_call(cause: Exception) -> None:
    """The answer was none of the service."""
    with pytest.raises(CallFailed) as caught:
        guarded(CALL, _raising(cause))
    assert caught.value.cause is cause


@pytest.mark.parametrize("passes", [OutOfTime("ListAccounts"), KeyboardInterrupt(), LookupError("no credentials set")])
def test_what_is_no_failure_of_a_call_passes(passes: BaseException) -> None:
    """The end of the run's time, Ctrl-C, and our own defect."""

    def operation() -> Any:
        raise passes

    with pytest.raises(type(passes)) as caught:
        guarded(CALL, operation)
    assert caught.value is passes


@pytest.mark.parametrize("answer", [None, [], "text", 7, True])
def test_an_answer_that_is_no_structure_is_refused(answer: Any) -> None:
    """It is never taken for an empty one."""
    with pytest.raises(UnexpectedAnswer, match=CALL):
        ask(CALL, lambda: answer)


@pytest.mark.parametrize(
    ("cause", "uncertain"),
    [
        (_error({"ResponseMetadata": {"HTTPStatusCode": 400}}), False),
        (_error({"ResponseMetadata": {"HTTPStatusCode": 403, "RetryAttempts": 0}}), False),
        (_error({"ResponseMetadata": {"HTTPStatusCode": 403, "RetryAttempts": 1}}), True),
        (_error({"ResponseMetadata": {"HTTPStatusCode": 408}}), True),
        (_error({"ResponseMetadata": {"HTTPStatusCode": 503}}), True),
        (_error({"ResponseMetadata": {"HTTPStatusCode": None}}), True),
        (ReadTimeoutError(endpoint_url="https://sns"), True),
        (ResponseParserError("not XML"), True),
    ],
)
def test_only_a_refusal_of_the_first_attempt_says_that_nothing_was_done(cause: Exception, *, uncertain: bool) -> None:
    """After a timeout, a server fault or an unusable answer the call may have been carried out."""
    assert is_uncertain(CallFailed(failure_of("sns:Publish", cause), cause)) is uncertain


@pytest.mark.parametrize("failure", [UnexpectedAnswer("no id"), OutOfTime("Publish")])
def test_a_call_without_a_usable_answer_is_uncertain(failure: UnexpectedAnswer | OutOfTime) -> None:
    """An earlier attempt may have arrived."""
    assert is_uncertain(failure)


def test_a_response_that_is_too_large_is_named_so() -> None:
    """Botocore wraps it in an error about connections."""
    assert failure_of(CALL, HTTPClientError(error=ResponseTooLarge())).code == "ResponseTooLarge"


def test_an_unusable_answer_stands_for_the_fact_that_was_asked_for() -> None:
    """With the name of the call."""
    assert unread(UnexpectedAnswer("empty"), CALL) == ReadFailure(CALL, "UnexpectedAnswer", "empty")


def test_a_listing_yields_the_entries_of_every_page() -> None:
    """An empty page in the middle is not an end."""
    client = a_client("organizations")
    pages = iter(
        [
            '{"Roots": [{"Id": "r-1"}], "NextToken": "a"}',
            '{"Roots": [], "NextToken": "b"}',
            '{"Roots": [{"Id": "r-2"}]}',
        ]
    )
    answer_with(client, lambda _request: http_answer(200, next(pages), "application/json"))
    found = listed("organizations:ListRoots", client.list_roots, "Roots")
    assert [root.text("Id") for root in found] == ["r-1", "r-2"]
