"""Names that AWS lists: all of them, or the failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from regionproof.answers import Answer
from regionproof.aws.calls import CallFailed, failure_of
from regionproof.aws.name_listing import names
from regionproof.domain.facts import ReadFailure

if TYPE_CHECKING:
    from collections.abc import Iterator


def breaking_off() -> Iterator[str]:
    """Yield a first name, and fail before the second."""
    yield "first"
    cause = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slow down"}}, "ListRoots")
    raise CallFailed(failure_of("organizations:ListRoots", cause), cause)


def test_all_names_are_returned() -> None:
    """In no order."""
    assert names("organizations:ListRoots", lambda: ("b", "a", "b")) == frozenset({"a", "b"})


def test_a_listing_that_breaks_off_is_unread_as_a_whole() -> None:
    """A part of it would make the rest look missing."""
    assert names("organizations:ListRoots", breaking_off) == ReadFailure(
        "organizations:ListRoots", "TooManyRequestsException", "slow down"
    )


def test_an_answer_that_lacks_what_was_asked_for_is_unread() -> None:
    """It is not an empty list."""
    page = Answer("organizations:ListRoots", {})
    assert isinstance(names("organizations:ListRoots", lambda: page.texts("Roots")), ReadFailure)
