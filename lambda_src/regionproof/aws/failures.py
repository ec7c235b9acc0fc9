"""Failures that stop a run, each as one sentence that says what to do."""

from __future__ import annotations

import shlex
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
from botocore.session import Session

from regionproof.domain.access import OWN_ROLE
from regionproof.domain.causes import UNKNOWN_CAUSE, is_denial, is_of_a_certificate, is_refused_as_member, likely_cause
from regionproof.domain.denial_causes import cause_in_message
from regionproof.domain.report import Identity
from regionproof.domain.untrusted_text import sanitize_line
from regionproof.errors import SetupError, UnexpectedAnswer

from .calls import CallFailed, Failure, failure_of
from .redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

SETUP_FAILURES = (ClientError, BotoCoreError, ResponseParserError, CallFailed, UnexpectedAnswer)
"""All that a call, or what botocore does before the first one, raises for what the caller's set-up lacks."""

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException"})
SOME_PROFILE = "NAME"
"""Stands for a profile that is not known."""

_ASKED_GLOBALLY = Identity(account_id="", partition="aws", region="us-east-1")
"""Stands for the caller of STS, which is asked in a Region that every account has, and that knows all tokens."""

_CERTIFICATE = (
    "the TLS certificate was not accepted; if a proxy inspects TLS, set AWS_CA_BUNDLE to the file of its CA ({})"
)
_NO_HEADER = "Invalid header value"
_HEADER = "the request could not be sent: the session token, or another header, has a line break ({})"
_WRONG_ENDPOINT = "Invalid endpoint"
"""How botocore's ``ValueError`` for a wrong endpoint begins."""

_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (
        NoCredentialsError,
        "no AWS credentials found; sign in (aws sso login, aws login, aws configure) or name a profile with --profile",
    ),
    (PartialCredentialsError, "half of the AWS credentials is missing; set both keys or neither ({})"),
    (ProfileNotFound, "{}; see `aws configure list-profiles`"),
    (UnauthorizedSSOTokenError, "the sign-in of this profile has ended; run `aws sso login{profile}` again ({})"),
    (TokenRetrievalError, "the sign-in of this profile has ended; run `aws sso login{profile}` again ({})"),
    (SSOError, "this profile is not signed in; run `aws sso login{profile}` ({})"),
    (LoginError, "this profile is not signed in; run `aws login{profile}` ({})"),
    (
        MissingDependencyException,
        "this profile needs a library that is not installed: pip install 'botocore[crt]' ({})",
    ),
    (CredentialRetrievalError, "the command or service that this profile gets its credentials from failed ({})"),
    (SSLError, _CERTIFICATE),
    (BotocoreConnectionError, "AWS was not reached; check the network, the Region and AWS_ENDPOINT_URL ({})"),
    (HTTPClientError, "AWS did not answer; check the network, the Region and AWS_ENDPOINT_URL ({})"),
)
"""What the caller's own set-up lacks, and the fix. ``{}`` stands for botocore's words, ``{profile}`` for the option."""


@contextmanager
def as_setup_error(profile: str | None = SOME_PROFILE) -> Iterator[None]:
    """Turn a failure that stops the whole run into a ``SetupError`` that says what to do.

    ``profile`` is the one that the caller asked for; None: the one that the environment names, or the default one.
    """
    try:
        yield
    except SETUP_FAILURES as failure:
        raise SetupError(sanitize_line(redact(_sentence(failure, profile)))) from failure
    except ValueError as failure:
        if not str(failure).startswith(_WRONG_ENDPOINT):
            raise
        raise SetupError(f"{failure}; AWS_ENDPOINT_URL needs a scheme and a host: https://example.com") from failure


def _sentence(failure: Exception, profile: str | None) -> str:
    if isinstance(failure, UnexpectedAnswer):
        return str(failure)
    cause = failure.cause if isinstance(failure, CallFailed) else failure
    known = failure.failure if isinstance(failure, CallFailed) else failure_of(_operation_of(failure), failure)
    if sentence := _sentence_of_kind(cause, known.message):
        return sentence.format(known.message, profile=_option(profile))
    if isinstance(failure, CallFailed | ClientError):
        return _sentence_of_failure(known)
    return f"the run cannot start: {known.message}"


def _sentence_of_kind(cause: Exception, message: str) -> str | None:
    """Return the sentence for what botocore raises by itself. A proxy's certificate has several kinds of errors."""
    if isinstance(cause, HTTPClientError | BotocoreConnectionError) and is_of_a_certificate(message):
        return _CERTIFICATE
    if isinstance(cause, HTTPClientError) and _NO_HEADER in message:
        return _HEADER
    return next((sentence for kind, sentence in _SENTENCES if isinstance(cause, kind)), None)


def _option(profile: str | None) -> str:
    """Return the option of the AWS CLI that names the profile, with a space before it; nothing for the default one."""
    name = profile or Session().get_config_variable("profile")
    return f" --profile {shlex.quote(name)}" if name else ""


def _operation_of(failure: Exception) -> str:
    return str(failure.operation_name) if isinstance(failure, ClientError) else ""


def _sentence_of_failure(failure: Failure) -> str:
    code, message, unread = failure.code, failure.message, failure.as_read_failure()
    operation = failure.call.rpartition(":")[2]
    if code in _EXPIRED:
        return f"the AWS credentials have expired; sign in again, then repeat ({operation}: {message})"
    if code == "AWSOrganizationsNotInUseException":
        return "this account is in no AWS Organization; use credentials of the management account of one"
    if is_refused_as_member(unread):
        return (
            "this account may not list the organization: it is neither the management account nor a delegated "
            f"administrator; use one of those ({operation}: {message})"
        )
    if is_denial(unread):
        cause = cause_in_message(unread, OWN_ROLE, None) or "see docs/access.md"
        return f"a right is missing: {cause} ({operation}: {message})"
    cause = likely_cause(unread, caller=_ASKED_GLOBALLY if failure.call.startswith("sts:") else None)
    if cause == UNKNOWN_CAUSE:
        return f"{operation} failed with {code}: {message}" if message else f"{operation} failed with {code}"
    return f"{operation} failed with {code}: {cause} ({message})"
