"""Untrusted text made fit for where it is written: account names, OU names, ids, error messages.

Each form of output has its function: ``sanitize_line`` for lines that people read, ``to_safe_json`` for programs.
``links`` adds protection for mail clients and chats, ``log_line`` for the log.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

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

_NO_CHARACTERS = frozenset({"Cs", "Co", "Cn"})
"""Lone surrogates, private use, and what Unicode assigns to nothing, non-characters such as U+FFFE among it.

They mean nothing to a reader, and AWS's services and XML parsers refuse or damage some of them: every form replaces
them. https://www.unicode.org/faq/private_use.html#nonchar1
"""

_ACTING = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Control and format characters and line separators: a terminal or an editor acts on them."""

_NOT_PLAIN = re.compile("[^\n -~]+")
"""What is not printable ASCII. JSON has line breaks only between its parts: those in a text are escaped already."""

_CREDENTIALS = re.compile(
    r"(?<![A-Z0-9])(?-i:(?:AKIA|ASIA)[A-Z0-9]{16})(?![A-Z0-9])"
    r"|(?<=<SecretAccessKey>)[^<]+|(?<=<SessionToken>)[^<]+"
    r"|(?<=Invalid header value )b?(?:'[^']*'|\"[^\"]*\")"
    r"|(?<=://)[^\s/:@'\"]*:[^\s/@'\"]+(?=@)"
    r"|[A-Za-z0-9+/=%_-]{100,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]{16,}"
    r"|(?:(?<=secret_access_key)|(?<=secretaccesskey)|(?<=session_token)|(?<=sessiontoken)|(?<=security-token))"
    r"(?P<mark>[\\\"' \t]*[:=][\\\"' \t]*)[A-Za-z0-9+/=%_\\-]{16,}",
    re.IGNORECASE,
)
"""Access key ids, what STS issues (botocore quotes an answer that was cut off), headers that cannot be sent, users and
passwords in URLs, what is as long as a token, web identity tokens, and what stands behind the name of a secret.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
"""
REDACTED = "(credential left out)"

CODE_LENGTH = 100
"""Characters that are kept of an error's code."""

MESSAGE_LENGTH = 1000
"""Characters that are kept of an error's message. The longest denial of the recordings has 287."""


def sanitize_line(text: str) -> str:
    """Return the text without line breaks, control, escape, direction and invisible characters.

    Each becomes ``\ufffd``, so no one takes the cleaned text for the real one.
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


def to_safe_json(value: Any, *, ascii_only: bool = False, indent: int | None = None) -> str:
    """Return a value as JSON in which nothing moves a cursor; letters of all scripts stay, unless ``ascii_only``.

    What is no character (lone surrogates, non-characters, private use, unassigned) becomes ``\ufffd``; every other
    text reads back as it was. Without ``indent`` it is one line without spaces between its parts.
    """
    separators = (",", ":") if indent is None else (",", ": ")
    spelled = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    return _NOT_PLAIN.sub(_escape_all if ascii_only else _escape_acting, spelled)


def without_credentials(text: str) -> str:
    """Return the text without access key ids, secret keys and session tokens, which errors may quote."""
    return _CREDENTIALS.sub(lambda found: f"{found['mark'] or ''}{REDACTED}", text)


def _is_harmless(character: str) -> bool:
    category = unicodedata.category(character)
    return category not in _NO_CHARACTERS and category not in _ACTING


def _joins(text: str, place: int) -> bool:
    before, after = text[max(place - 1, 0) : place], text[place + 1 : place + 2]
    if text[place] != _JOINER or not before or not after:
        return False
    return unicodedata.category(before) in _JOINED_ON_THE_LEFT and not after.isascii() and _is_harmless(after)


def _escape_acting(found: re.Match[str]) -> str:
    run = found.group()
    return run if run.isprintable() else "".join(c if _is_harmless(c) else _escaped(c) for c in run)


def _escape_all(found: re.Match[str]) -> str:
    return "".join(map(_escaped, found.group()))


def _escaped(character: str) -> str:
    known = unicodedata.category(character) not in _NO_CHARACTERS
    return json.dumps(character if known else REPLACEMENT)[1:-1]
