"""The one place where calls to AWS are made: anything but an answer becomes a typed failure.

No other module reads the fields of an error; ``tests/architecture/test_calls.py`` holds that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ProxyConnectionError
from botocore.parsers import ResponseParserError

from regionproof.answers import Answer, pages
from regionproof.domain.facts import OUT_OF_TIME, NotTried, ReadFailure
from regionproof.domain.untrusted_text import CODE_LENGTH, MESSAGE_LENGTH, shorten
from regionproof.errors import OutOfTime, UnexpectedAnswer

from .redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")

BROKEN_ANSWERS = (AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError)
"""What botocore's parsers raise for answers that are XML or JSON, but not the service's."""

NO_STATUS = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that did not succeed. ``code`` and ``message`` are untrusted text, without credentials.

    Attributes:
        call: the call, such as ``iam:GetAccountSummary``
        code: the error code of AWS, or the name of the exception if AWS sent none
        message: the message of AWS or of the exception; empty if there is none
        status: the HTTP status of the answer; 0 if there was no answer
        retries: the attempts before the one that failed for good
    """

    call: str
    code: str
    message: str = ""
    status: int = NO_STATUS
    retries: int = 0

    @property
    def is_refusal(self) -> bool:
        """Return whether AWS for certain did not carry out the call.

        Only an error that AWS answers with a 4xx status to the first attempt says so. A lost answer, a timeout or a
        server fault says nothing, and neither does a refusal after one of these.
        """
        refused = HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return refused and self.status != HTTPStatus.REQUEST_TIMEOUT and not self.retries

    def as_read_failure(self) -> ReadFailure:
        """Return the stand-in for a fact that could not be read."""
        return ReadFailure(self.call, self.code, self.message)


class CallFailed(Exception):
    """A call to AWS did not succeed. ``cause`` is the exception of botocore."""

    def __init__(self, failure: Failure, cause: Exception) -> None:
        self.failure = failure
        self.cause = cause
        super().__init__(f"{failure.call} failed with {failure.code}: {failure.message}")

    @property
    def code(self) -> str:
        """Return the error code."""
        return self.failure.code


SEND_FAILURES = (CallFailed, UnexpectedAnswer, OutOfTime)
"""All that makes an item undelivered."""


def guarded(call: str, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
    """Return what a function returns that makes a call by a client of botocore.

    Raises ``CallFailed`` for every failure of the call, and ``OutOfTime`` if the run has no time left for it.
    """
    try:
        return function(*arguments, **named)
    except (ClientError, BotoCoreError, ResponseParserError, *BROKEN_ANSWERS) as failure:
        raise CallFailed(failure_of(call, failure), failure) from failure


def ask(call: str, operation: Callable[..., Any], **arguments: Any) -> Answer:
    """Make a call and return its answer. ``operation`` is a method of a client. Raises as ``guarded`` does."""
    return Answer(call, guarded(call, operation, **arguments))


def listed(call: str, operation: Callable[..., Any], key: str, **arguments: Any) -> Iterator[Answer]:
    """Return every entry of a listing, asked for page by page. Raises as ``guarded`` and ``answers.pages`` do."""
    return chain.from_iterable(pages(partial(ask, call, operation), key, **arguments))


def failure_of(call: str, cause: Exception) -> Failure:
    """Return what is known of a failed call. Every field of an error may be missing or of another type.

    Botocore quotes the whole page of a proxy, so credentials are cut out and the texts are shortened.
    """
    if isinstance(cause, ClientError):
        error = _mapping(cause.response.get("Error"))
        metadata = _mapping(cause.response.get("ResponseMetadata"))
        status, retries = metadata.get("HTTPStatusCode"), metadata.get("RetryAttempts")
        code, message = error.get("Code"), error.get("Message")
    else:
        status, retries, code, message = NO_STATUS, 0, None, _words_of(cause)
    return Failure(
        call=call,
        code=shorten(redact(_text(code)), CODE_LENGTH) or type(_root_of(cause)).__name__,
        message=shorten(redact(_text(message)), MESSAGE_LENGTH),
        status=status if isinstance(status, int) else NO_STATUS,
        retries=retries if isinstance(retries, int) else 0,
    )


def unread(failure: CallFailed | UnexpectedAnswer | OutOfTime, call: str) -> ReadFailure:
    """Return what is known of a failed call without its status; ``call`` is the one whose answer was unusable."""
    if isinstance(failure, CallFailed):
        return failure.failure.as_read_failure()
    message = shorten(redact(str(failure)), MESSAGE_LENGTH)
    return ReadFailure(call, type(failure).__name__, message)


def attempt(call: str, read: Callable[[], T]) -> T | ReadFailure | NotTried:
    """Return what a read returns, or why there is nothing. What the run had no time for is ``OUT_OF_TIME``."""
    try:
        return guarded(call, read)
    except OutOfTime:
        return OUT_OF_TIME
    except (CallFailed, UnexpectedAnswer) as failure:
        return unread(failure, call)


def is_uncertain(failure: CallFailed | UnexpectedAnswer | OutOfTime) -> bool:
    """Return whether AWS may have carried out a call that failed."""
    return not (isinstance(failure, CallFailed) and failure.failure.is_refusal)


def _words_of(cause: Exception) -> str:
    """Return the words of an exception. Botocore leaves out why a proxy could not be connected to."""
    inner = cause.kwargs.get("error") if isinstance(cause, ProxyConnectionError) else None
    return f"{cause} ({inner})" if inner else str(cause)


def _root_of(cause: Exception) -> Exception:
    """Return what botocore wraps as a failed request, if it is its own error kind."""
    inner = cause.kwargs.get("error") if isinstance(cause, HTTPClientError) else None
    return inner if isinstance(inner, BotoCoreError) else cause


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """Return a value of an error as text; nothing for null."""
    if isinstance(value, str):
        return value
    return "" if value is None else str(value)
