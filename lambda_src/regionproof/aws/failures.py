"""Failures of AWS calls: as a fact that could not be read, or as a sentence that stops the run."""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.exceptions import (
    ConnectionError as BotocoreConnectionError,
)
from botocore.parsers import ResponseParserError

from regionproof.domain.causes import is_refused_as_member
from regionproof.domain.facts import Unread
from regionproof.domain.text import MESSAGE_LENGTH, one_line, shorten, without_credentials
from regionproof.errors import SetupError
from regionproof.probes.declaration import UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

CALL_FAILURES = (ClientError, BotoCoreError, ResponseParserError)
"""All that a botocore client raises for a call that did not succeed."""

SEND_FAILURES = (*CALL_FAILURES, KeyError, ValueError, AttributeError, TypeError)
"""All that makes an item undelivered. The last four come of answers that are XML or JSON, but not the service's."""

READ_FAILURES = (*SEND_FAILURES, UnexpectedAnswer)
"""All that makes a fact unread."""

CODE_LENGTH = 100
"""Characters that are kept of an error's code."""

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_INVALID = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"})
_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})
_WRONG_ENDPOINT = "Invalid endpoint"
"""How botocore's ``ValueError`` for a wrong endpoint begins."""

_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (
        NoCredentialsError,
        "no AWS credentials found; sign in (aws sso login, aws configure) or name a profile with --profile",
    ),
    (PartialCredentialsError, "half of the AWS credentials is missing; set both keys or neither ({})"),
    (ProfileNotFound, "{}; see `aws configure list-profiles`"),
    (UnauthorizedSSOTokenError, "the sign-in of this profile has ended; run `aws sso login` again ({})"),
    (TokenRetrievalError, "the sign-in of this profile has ended; run `aws sso login` again ({})"),
    (BotocoreConnectionError, "AWS was not reached; check the network, the Region and AWS_ENDPOINT_URL ({})"),
    (HTTPClientError, "AWS did not answer; check the network, the Region and AWS_ENDPOINT_URL ({})"),
)
"""What the caller's own set-up lacks, and the cure. ``{}`` stands for botocore's words."""


def code_and_message(failure: Exception) -> tuple[str, str]:
    """Return the error code and the message of a failed call. Both are untrusted text.

    The message holds no credential that AWS may have repeated in it, and leaves room for those of others:
    botocore quotes the whole page of a proxy.
    """
    if isinstance(failure, ClientError):
        error = failure.response.get("Error", {})
        code, message = error.get("Code") or type(failure).__name__, error.get("Message", "")
    else:
        code, message = type(failure).__name__, str(failure)
    return shorten(code, CODE_LENGTH), shorten(without_credentials(message), MESSAGE_LENGTH)


def is_uncertain(failure: Exception) -> bool:
    """Return whether AWS may have done what a failed call asked for.

    Only an error that AWS answers with a 4xx status to the first attempt is a definite refusal: a lost answer, a
    timeout, a 5xx or a page that is not the service's says nothing, and neither does a refusal after retries.
    """
    if not isinstance(failure, ClientError):
        return True
    metadata = failure.response.get("ResponseMetadata", {})
    status, retries = metadata.get("HTTPStatusCode", 0), metadata.get("RetryAttempts", 0)
    is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return not is_refusal or status == HTTPStatus.REQUEST_TIMEOUT or retries > 0


def unread(call: str, failure: Exception) -> Unread:
    """Return the fact's stand-in for a read that failed."""
    code, message = code_and_message(failure)
    return Unread(call, code, message)


@contextmanager
def said_clearly() -> Iterator[None]:
    """Turn a failure that stops the whole run into a ``SetupError`` that says what to do."""
    try:
        yield
    except CALL_FAILURES as failure:
        raise SetupError(one_line(_sentence(failure))) from failure
    except ValueError as failure:
        if not str(failure).startswith(_WRONG_ENDPOINT):
            raise
        raise SetupError(f"{failure}; AWS_ENDPOINT_URL needs a scheme and a host: https://example.com") from failure


def _sentence(failure: Exception) -> str:
    if isinstance(failure, ClientError):
        return _sentence_of_refusal(failure)
    said = next((said for kind, said in _SENTENCES if isinstance(failure, kind)), "the run can not start: {}")
    return said.format(without_credentials(str(failure)))


def _sentence_of_refusal(failure: ClientError) -> str:
    code, message = code_and_message(failure)
    operation = failure.operation_name
    if code in _EXPIRED:
        return f"the AWS credentials have expired; sign in again, then repeat ({operation}: {message})"
    if code in _INVALID:
        return (
            "the AWS credentials are not valid; look for stale AWS_* variables and a wrong clock "
            f"({operation}: {code}: {message})"
        )
    if code == "AWSOrganizationsNotInUseException":
        return "this account is in no AWS Organization; use credentials of the management account of one"
    if is_refused_as_member(Unread(operation, code, message)):
        return (
            "this account may not list the organization: it is neither the management account nor a delegated "
            f"administrator; use one of those ({operation}: {message})"
        )
    if code in _DENIED:
        return f"a right is missing; see «The way into your accounts» in the README ({operation}: {message})"
    return f"{operation} failed with {code}: {message}"
