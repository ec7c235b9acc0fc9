"""The credentials that the process knows: the caller's, also after a renewal, and those of the account being read."""

from __future__ import annotations

from hashlib import sha256

import pytest
from botocore.credentials import Credentials, ReadOnlyCredentials

from regionproof.aws.credentials import acting_as
from regionproof.aws.redaction import (
    MOST_KNOWN,
    CredentialQuoted,
    KnownCredentials,
    RedactedErrors,
    know_profile,
    redact,
)
from regionproof.domain.untrusted_text import REDACTED

OLD, NEW = "Old/Secret+Of+The+Caller/0123456789abcdef", "New/Secret+Of+The+Caller/0123456789ABCDEF"
TOKEN = "T0k3n+OfA/Member" * 30
SESSION = ReadOnlyCredentials("ASIAEXAMPLEEXAMPLE00", "Session+Secret/Of+A+Member/0123456789", TOKEN)


def test_what_the_caller_is_renewed_to_is_known_too() -> None:
    """And what it was before: an error may be about either."""
    known, own = KnownCredentials(), Credentials("AKIAEXAMPLEEXAMPLE00", OLD, None)
    known.follow(own)
    assert OLD not in known.redact(f"before: {OLD}")
    own.secret_key = NEW
    redacted = known.redact(f"after: {OLD} and {NEW}")
    assert redacted == f"after: {REDACTED} and {REDACTED}"


def test_the_keys_in_files_that_a_profile_builds_on_are_known() -> None:
    """Botocore signs with them before it has the profile's own. A circle of profiles ends."""
    source = "Source/Secret+In/A-File/0123456789abcdef"
    know_profile({"a": {"source_profile": "b"}, "b": {"aws_secret_access_key": source, "source_profile": "a"}}, "a")
    assert redact(f"Bad: {source}") == f"Bad: {REDACTED}"


def test_the_oldest_are_forgotten() -> None:
    """A warm function must not slow down with each renewal."""
    known = KnownCredentials()
    secrets = [sha256(str(number).encode()).hexdigest() for number in range(MOST_KNOWN + 1)]
    known.add(secrets)
    assert known.redact(secrets[-1]) == REDACTED
    assert known.redact(secrets[0]) == secrets[0]


def test_the_session_of_the_account_that_is_read_is_known_in_its_block() -> None:
    """Each worker knows its own account's."""
    with acting_as(SESSION):
        assert redact(f"({SESSION.secret_key}) {TOKEN[:40]}") == f"({REDACTED}) {REDACTED}"


def test_an_error_that_quotes_a_credential_is_replaced() -> None:
    """Lambda itself logs what the handler raises."""
    with acting_as(SESSION), pytest.raises(CredentialQuoted) as caught, RedactedErrors():
        raise ValueError(f"Invalid header value {TOKEN!r}")
    assert str(caught.value).startswith("ValueError: Invalid header value ")
    assert caught.value.__cause__ is None
    assert TOKEN[:20] not in str(caught.value)


def test_any_other_error_passes_as_it_is() -> None:
    """The log needs its stack."""
    with pytest.raises(KeyError, match="Accounts"), RedactedErrors():
        raise KeyError("Accounts")
