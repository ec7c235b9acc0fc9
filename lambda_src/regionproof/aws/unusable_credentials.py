"""Why the caller's credentials cannot be loaded, or not be sent, as a sentence that names the place and the fix."""

from __future__ import annotations

import json
import subprocess
import traceback
from typing import TYPE_CHECKING

from regionproof.errors import SetupError

if TYPE_CHECKING:
    from botocore.credentials import Credentials

_NAMED_BY = "AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or web_identity_token_file"
_ANYTHING = (
    "check the credential_process, the token file or the MFA device of this profile, and whether its credentials "
    "have expired"
)

_PARTS = (
    ("access_key", "access key id", "aws_access_key_id"),
    ("secret_key", "secret access key", "aws_secret_access_key"),
    ("token", "session token", "aws_session_token"),
)
"""The parts of credentials: botocore's name, AWS's, and the key in files, which is the variable's in capitals."""

_FILES = {"shared-credentials-file": "the credentials file", "config-file": "the configuration file"}
"""Botocore's names of the places that people write credentials to."""

_CHARACTERS = (("\r\n", "a line break"), (" \t", "a space"))


def why_not_loaded(cause: Exception) -> str:
    """Return the sentence for an error that botocore lets pass while it loads credentials."""
    words = f"({type(cause).__name__}: {cause})"
    if isinstance(cause, EOFError):
        return (
            "this profile needs an MFA code, but there is not a terminal to ask for it; sign in on a terminal, or use "
            f"a profile without mfa_serial {words}"
        )
    if isinstance(cause, RuntimeError) and "expired" in str(cause):
        return (
            "the AWS credentials have expired: the source of this profile returns old ones; sign in there again, "
            f"or set the clock {words}"
        )
    if isinstance(cause, OSError) and cause.filename:
        return _of_a_file(cause, words)
    if isinstance(cause, json.JSONDecodeError):
        return f"the credential_process of this profile printed no JSON; run it by hand {words}"
    return f"the AWS credentials could not be loaded; {_ANYTHING} {words}"


def refuse_unsendable(own: Credentials) -> None:
    """Raise ``SetupError`` if a part of loaded credentials has a character that no header may have.

    AWS's own have none. Sent as they are, they would end in an error that quotes them.
    """
    found = own.get_frozen_credentials()
    for name, title, key in _PARTS:
        if what := _unsendable_in(getattr(found, name) or ""):
            raise SetupError(f"the {title} {_place(own.method, key)} has {what}; set it again, in one line")


def _of_a_file(cause: OSError, words: str) -> str:
    """Return the sentence for a program or a file that is not there, or may not be used."""
    if any(frame.filename == subprocess.__file__ for frame in traceback.extract_tb(cause.__traceback__)):
        return f"the credential_process of this profile cannot be run: {cause.filename}; correct its path {words}"
    return (
        f"the token file {cause.filename} cannot be read; correct the variable or setting that names it, which is "
        f"{_NAMED_BY} {words}"
    )


def _unsendable_in(part: str) -> str:
    """Return what is wrong with a part of credentials; nothing if it is fine."""
    if part.isascii() and part.isprintable() and " " not in part:
        return ""
    return next(
        (name for characters, name in _CHARACTERS if set(characters) & set(part)), "a character that AWS never uses"
    )


def _place(method: str, key: str) -> str:
    if method == "env":
        return f"in {key.upper()}"
    return f"({key} in {_FILES[method]})" if method in _FILES else f"that comes from {method}"
