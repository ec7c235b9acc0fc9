"""Credentials that follow the account which the current worker handles.

A botocore client asks its credentials again for every request. Ours answer from a context variable, so one
client, with its warm connections, serves every account; see docs/decisions/0002.

https://botocore.amazonaws.com/v1/documentation/api/latest/reference/credentials.html
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from botocore.credentials import CredentialProvider, Credentials, ReadOnlyCredentials

if TYPE_CHECKING:
    from collections.abc import Iterator

_acting_as: ContextVar[ReadOnlyCredentials] = ContextVar("acting_as")


@contextmanager
def acting_as(credentials: ReadOnlyCredentials) -> Iterator[None]:
    """Let every request of this thread, until the end of the block, be signed with these credentials."""
    token = _acting_as.set(credentials)
    try:
        yield
    finally:
        _acting_as.reset(token)


def current_credentials() -> ReadOnlyCredentials | None:
    """Return the credentials of the innermost block around this call; None outside any."""
    return _acting_as.get(None)


class _CredentialsInContext(Credentials):
    """Answers each request with the credentials of its own context; outside any block it raises ``LookupError``."""

    def __init__(self) -> None:
        super().__init__("of-the-context", "of-the-context", method=ContextCredentialProvider.METHOD)

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        return _acting_as.get()


class ContextCredentialProvider(CredentialProvider):
    """The credential provider of the session that reads accounts."""

    METHOD = "regionproof-context"
    CANONICAL_NAME = "RegionProofContext"

    def load(self) -> Credentials:
        """Return credentials that are looked up at each request."""
        return _CredentialsInContext()
