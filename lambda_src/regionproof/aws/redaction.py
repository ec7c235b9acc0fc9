"""The credentials that this process knows, removed from every text that leaves it; see docs/decisions/0026.

They are the caller's, also after a renewal, and the session's of the account that the current worker handles.
"""

from __future__ import annotations

import threading
from contextlib import ContextDecorator
from typing import TYPE_CHECKING, Any

from regionproof.domain.redaction import Redactor
from regionproof.domain.untrusted_text import without_credentials

from .credentials import current_credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from botocore.credentials import Credentials

VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
)
"""The environment variables that hold credentials.

https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
"""

_KEYS_IN_FILES = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")

MOST_KNOWN = 60
"""Texts that are kept: a function that lives for a day sees its credentials renewed some times."""


class KnownCredentials:
    """Credentials of the caller, and the redactor made of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._own: Credentials | None = None
        self._known: dict[str, None] = {}
        self._redactor = Redactor(())

    def add(self, texts: Iterable[str | None]) -> None:
        """Know some more texts. The oldest are forgotten beyond ``MOST_KNOWN``."""
        with self._lock:
            new = [text for text in texts if text and text not in self._known]
            if new:
                self._known = dict.fromkeys([*self._known, *new][-MOST_KNOWN:])
                self._redactor = Redactor(self._known)

    def follow(self, own: Credentials) -> None:
        """Know the caller's loaded credentials, and what they are renewed to."""
        self._own = own

    def redact(self, text: str) -> str:
        """Return the text without these credentials."""
        if self._own is not None:
            self.add(_as_they_are(self._own))
        return self._redactor.redact(text)


_process = KnownCredentials()


def know_environment(environment: Mapping[str, str]) -> None:
    """Know what the variables of a process hold, whether they are used or not."""
    _process.add(environment.get(name) for name in VARIABLES)


def know_profile(profiles: Mapping[str, Mapping[str, Any]], name: str) -> None:
    """Know the keys that the files of the AWS configuration hold for a profile, and for those that it builds on."""
    seen: set[str] = set()
    while name in profiles and name not in seen:
        seen.add(name)
        _process.add(profiles[name].get(key) for key in _KEYS_IN_FILES)
        name = profiles[name].get("source_profile", "")


def know_caller(own: Credentials) -> None:
    """Know the caller's loaded credentials, and what they are renewed to."""
    _process.follow(own)


def redact(text: str) -> str:
    """Return a text without credentials: those that are known, and what looks like one."""
    return without_credentials(redact_known(text))


def redact_known(text: str) -> str:
    """Return a text without the credentials that are known. Names that look like one stay."""
    session = current_credentials()
    if session is not None:
        parts = session.access_key, session.secret_key, session.token
        text = Redactor(filter(None, parts), for_many=False).redact(text)
    return _process.redact(text)


class CredentialQuoted(Exception):
    """An error that quoted a credential, in its place. ``str()`` is the error's kind and its redacted words."""


class RedactedErrors(ContextDecorator):
    """A block that lets no error out whose words hold a credential: ``CredentialQuoted`` takes the error's place."""

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raise ``CredentialQuoted`` if the error quotes a credential."""
        if kind is not None and (words := str(error)) != (redacted := redact(words)):
            raise CredentialQuoted(f"{kind.__name__}: {redacted}") from None


def _as_they_are(own: Credentials) -> tuple[str | None, ...]:
    """Return the parts of loaded credentials. Those that are renewed would ask AWS for new ones if asked properly."""
    inside = vars(own)
    return tuple(inside.get(name) or inside.get(f"_{name}") for name in ("access_key", "secret_key", "token"))
