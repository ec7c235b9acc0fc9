"""Untrusted text made fit for where it is written: account names, OU names, ids, error messages.

Each form of output has one way in: ``one_line`` for lines that people read, ``spell_json`` for programs,
``spell_log_line`` for the log.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ELLIPSIS = "…"
REPLACEMENT = "\ufffd"
_JOINER = "\u200d"
"""Zero width joiner: holds emoji and some scripts together, and turns no text around."""

_JOINED_ON_THE_LEFT = frozenset({"So", "Sk", "Mn", "Mc"})
"""Emoji, their modifiers, and the marks of scripts that join. After a letter a joiner is only invisible."""

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)
"""Letters, marks and symbols that show nothing: two names that differ in them only look the same."""

_ESCAPED_IN_JSON = re.compile(
    "[\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
"""What JSON lets through and a terminal or an editor acts on: control and format characters, line separators."""

_CREDENTIALS = re.compile(
    r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"
    r"|(?<=<SecretAccessKey>)[^<]+|(?<=<SessionToken>)[^<]+"
    r"|[A-Za-z0-9+/=%]{100,}"
)
"""Access key ids, what STS issues (botocore quotes an answer that was cut off), and what is as long as a token.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
"""
REDACTED = "(credential left out)"

MESSAGE_LENGTH = 1000
"""Characters that are kept of an error's message. The longest denial of the recordings has 287."""


def one_line(text: str) -> str:
    """Return the text without line breaks, control, escape, direction and invisible characters.

    Each becomes ``\ufffd``, so that nobody takes the cleaned text for the real one.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = (c if _is_harmless(c) or _joins(text, place) else REPLACEMENT for place, c in enumerate(text))
    return _INVISIBLE.sub(REPLACEMENT, "".join(kept))


def shorten(text: str, limit: int) -> str:
    """Return the text in at most ``limit`` characters; what was cut is marked by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def shorten_to_bytes(text: str, limit: int) -> str:
    """Return one line in at most ``limit`` bytes of UTF-8, at least 3; what was cut is marked by an ellipsis.

    For limits of which AWS does not say what they count: no other count of a text is larger.
    """
    spelled = text.encode()
    if len(spelled) <= limit:
        return text
    return spelled[: limit - len(ELLIPSIS.encode())].decode(errors="ignore").rstrip(f" {_JOINER}") + ELLIPSIS


def spell_json(value: Any) -> str:
    """Return a value as JSON in which letters of all scripts stay as they are and nothing else moves a cursor.

    A lone surrogate, which no UTF-8 can hold, becomes ``\ufffd``; every other text reads back as it was.
    """
    return _ESCAPED_IN_JSON.sub(_escape, json.dumps(value, ensure_ascii=False))


def spell_log_line(record: Mapping[str, Any]) -> str:
    """Return a record of the log as one line of JSON in ASCII, without any credential, tracebacks included."""
    return without_credentials(json.dumps(record, default=str, separators=(",", ":")))


def without_credentials(text: str) -> str:
    """Return the text without access key ids, secret keys and session tokens, which errors may quote."""
    return _CREDENTIALS.sub(REDACTED, text)


def _is_harmless(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] != "C" and category not in {"Zl", "Zp"}


def _joins(text: str, place: int) -> bool:
    before, after = text[max(place - 1, 0) : place], text[place + 1 : place + 2]
    if text[place] != _JOINER or not before or not after:
        return False
    return unicodedata.category(before) in _JOINED_ON_THE_LEFT and not after.isascii() and _is_harmless(after)


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return "\\ufffd" if "\ud800" <= character <= "\udfff" else json.dumps(character)[1:-1]
