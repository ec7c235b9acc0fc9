"""Failures that stop a run, each as one sentence that says what to do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    LoginError,
    MissingDependencyException,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSLError,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.exceptions import (
    ConnectionError as BotocoreConnectionError,
)
from botocore.parsers import ResponseParserError

from regionproof.domain.causes import is_refused_as_member
from regionproof.domain.text import one_line, without_credentials
from regionproof.errors import SetupError, UnexpectedAnswer

from .calls import CallFailed, Failure, failure_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SETUP_FAILURES = (ClientError, BotoCoreError, ResponseParserError, CallFailed, UnexpectedAnswer)
"""All that a call, or what botocore does before the first one, raises for what the caller's set-up lacks."""

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_INVALID = frozenset(
    {"InvalidClientTokenId", "InvalidToken", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"}
)
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
    (SSOError, "this profile is not signed in; run `aws sso login --profile NAME` ({})"),
    (LoginError, "this profile is not signed in; run `aws login --profile NAME` ({})"),
    (
        MissingDependencyException,
        "this profile needs a library that is not installed: pip install 'botocore[crt]' ({})",
    ),
    (CredentialRetrievalError, "the command or service that this profile gets its credentials from failed ({})"),
    (
        SSLError,
        "the TLS certificate was not accepted; if a proxy inspects TLS, set AWS_CA_BUNDLE to the file of its CA ({})",
    ),
    (BotocoreConnectionError, "AWS was not reached; check the network, the Region and AWS_ENDPOINT_URL ({})"),
    (HTTPClientError, "AWS did not answer; check the network, the Region and AWS_ENDPOINT_URL ({})"),
)
"""What the caller's own set-up lacks, and the cure. ``{}`` stands for botocore's words."""


@contextmanager
def said_clearly() -> Iterator[None]:
    """Turn a failure that stops the whole run into a ``SetupError`` that says what to do."""
    try:
        yield
    except SETUP_FAILURES as failure:
        raise SetupError(one_line(without_credentials(_sentence(failure)))) from failure
    except ValueError as failure:
        if not str(failure).startswith(_WRONG_ENDPOINT):
            raise
        raise SetupError(f"{failure}; AWS_ENDPOINT_URL needs a scheme and a host: https://example.com") from failure


def _sentence(failure: Exception) -> str:
    if isinstance(failure, UnexpectedAnswer):
        return str(failure)
    cause = failure.cause if isinstance(failure, CallFailed) else failure
    known = failure.failure if isinstance(failure, CallFailed) else failure_of(_operation_of(failure), failure)
    if sentence := next((sentence for kind, sentence in _SENTENCES if isinstance(cause, kind)), None):
        return sentence.format(known.message)
    if isinstance(failure, CallFailed | ClientError):
        return _sentence_of_failure(known)
    return f"the run cannot start: {known.message}"


def _operation_of(failure: Exception) -> str:
    return str(failure.operation_name) if isinstance(failure, ClientError) else ""


def _sentence_of_failure(failure: Failure) -> str:
    code, message = failure.code, failure.message
    operation = failure.call.rpartition(":")[2]
    if code in _EXPIRED:
        return f"the AWS credentials have expired; sign in again, then repeat ({operation}: {message})"
    if code in _INVALID:
        return (
            "the AWS credentials are not valid; look for stale AWS_* variables, an old aws_session_token in the "
            "credentials file, and a wrong clock "
            f"({operation}: {code}: {message})"
        )
    if code == "AWSOrganizationsNotInUseException":
        return "this account is in no AWS Organization; use credentials of the management account of one"
    if is_refused_as_member(failure.as_unread()):
        return (
            "this account may not list the organization: it is neither the management account nor a delegated "
            f"administrator; use one of those ({operation}: {message})"
        )
    if code in _DENIED:
        return f"a right is missing; see docs/access.md ({operation}: {message})"
    return f"{operation} failed with {code}: {message}" if message else f"{operation} failed with {code}"
