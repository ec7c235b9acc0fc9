"""Credentials that are known are removed from every text, whole or in part, however they are written."""

from __future__ import annotations

import base64
import html
import json
import quopri
import random
import string
import textwrap
import urllib.parse
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from regionproof.domain.redaction import SHORTEST_PART, Redactor
from regionproof.domain.untrusted_text import REDACTED

if TYPE_CHECKING:
    from collections.abc import Callable

_random = random.Random(20261125)  # noqa: S311  # made-up credentials, the same in every run
_LETTERS = string.ascii_letters + string.digits + "+/"


def _made_up(length: int) -> str:
    return "".join(_random.choices(_LETTERS, k=length))


SECRET = _made_up(40)
TOKEN = _made_up(700) + "=="
REDACTOR = Redactor((SECRET, TOKEN))
ONCE = Redactor((SECRET, TOKEN), for_many=False)

FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "with line breaks": lambda text: "\n".join(textwrap.wrap(text, 76)),
    "indented": lambda text: textwrap.indent("\r\n".join(textwrap.wrap(text, 40)), "    > "),
    "as JSON": json.dumps,
    "as JSON in JSON": lambda text: json.dumps(json.dumps({"token": text})),
    "as Python": lambda text: repr(text.encode()),
    "with slashes escaped": lambda text: text.replace("/", "\\/"),
    "with plus signs as escapes": lambda text: text.replace("+", "\\u002b").replace("=", "\\x3d"),
    "in a URL": lambda text: urllib.parse.quote(text, safe=""),
    "in a URL in a URL": lambda text: urllib.parse.quote(urllib.parse.quote(text, safe=""), safe=""),
    "as HTML": lambda text: html.escape(text).replace("+", "&#43;").replace("/", "&#x2F;"),
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in base64 after a user's name": lambda text: base64.b64encode(f"AWS:{text}".encode()).decode(),
    "in hexadecimal": lambda text: text.encode().hex(),
    "escaped character by character": lambda text: "".join(f"\\x{ord(one):02x}" for one in text),
    "with long escapes": lambda text: "".join(f"\\U{ord(one):08x}" for one in text),
    "with escapes in braces": lambda text: "".join(f"\\u{{{ord(one):x}}}" for one in text),
    "as numbers": lambda text: ", ".join(f"0x{ord(one):02x}" for one in text),
    "as entities": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "as HTML of JSON of a URL": lambda text: html.escape(json.dumps(urllib.parse.quote(text, safe=""))),
    "as quoted-printable": lambda text: quopri.encodestring(text.encode()).decode(),
    "in base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "in base64 with line breaks": lambda text: base64.encodebytes(b"x" + text.encode()).decode(),
    "in hexadecimal with spaces": lambda text: text.encode().hex(" ").upper(),
    "in lower case": str.lower,
    "in lines of HTML": lambda text: "<br/>".join(textwrap.wrap(text, 18)),
    "in quotes, character by character": " ".join,
    "in colors": lambda text: f"{text[:20]}\x1b[1m{text[20:]}\x1b[0m",
}


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum()).lower()


def _shows(text: str, secret: str, length: int) -> bool:
    """Return whether a text still has this many letters of a secret in a row."""
    shown, hidden = _letters(text), _letters(secret)
    return any(hidden[start : start + length] in shown for start in range(len(hidden) - length + 1))


@pytest.mark.parametrize("redactor", [REDACTOR, ONCE], ids=["for many texts", "for one text"])
@pytest.mark.parametrize("secret", [SECRET, TOKEN], ids=["secret key", "session token"])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_credential_is_removed_in_every_form(form: Callable[[str], str], secret: str, redactor: Redactor) -> None:
    """The text around it stays."""
    written = form(secret)
    redacted = redactor.redact(f"Invalid header value: {written} (request 8f1c)")
    assert redacted.startswith("Invalid header value: ")
    assert redacted.endswith("(request 8f1c)")
    assert REDACTED in redacted
    assert not _shows(redacted, form("x").replace("x", "") + secret, SHORTEST_PART)
    assert not _shows(redacted, written, 2 * SHORTEST_PART)


@settings(max_examples=200, deadline=None)
@given(start=st.integers(0, len(TOKEN) - SHORTEST_PART), length=st.integers(SHORTEST_PART, 120), around=st.text())
def test_every_part_of_sixteen_characters_is_removed(start: int, length: int, around: str) -> None:
    """Whatever is around it."""
    part = TOKEN[start : start + length]
    if len(part) >= SHORTEST_PART:
        assert part not in REDACTOR.redact(f"{around} {part} {around}")
        assert part not in ONCE.redact(f"{around} {part} {around}")


MOST_LEFT = 8
"""Letters that may stay: those of base64 in which the neighbors of a part have a share."""


@settings(max_examples=300, deadline=None)
@given(
    start=st.integers(0, len(TOKEN) - 20),
    length=st.integers(SHORTEST_PART + 1, 80),
    form=st.sampled_from([name for name in FORMS if "JSON" not in name and "HTML" not in name]),
    before=st.sampled_from(["", "x ", "token: ", "b'", "https://example.com/?a=b&token="]),
)
def test_every_part_is_removed_in_every_form(start: int, length: int, form: str, before: str) -> None:
    """A message that was cut shows a part of what it quoted."""
    part = TOKEN[start : start + length].strip("+/=")
    assume(len(part) >= SHORTEST_PART)
    left = REDACTOR.redact(f"{before}{FORMS[form](part)}")
    assert REDACTED in left
    assert len(_letters(left.replace(REDACTED, ""))) <= len(_letters(before)) + MOST_LEFT


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_other_text_stays(text: str) -> None:
    """A redaction that hits anything else hides the cause of an error."""
    assert REDACTOR.redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "User: arn:aws:sts::111122223333:assumed-role/RegionProofAuditFunction/regionproof is not authorized",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html",
        "0123456789abcdef" * 4,
        "",
        SECRET[: SHORTEST_PART - 6],
    ],
)
def test_what_is_no_part_of_a_credential_stays(text: str) -> None:
    """Also ids, digests, and parts too short to open anything."""
    assert REDACTOR.redact(text) == text


def test_without_credentials_nothing_is_removed() -> None:
    """And short values, which would be found everywhere, are left alone."""
    assert Redactor(()).redact(TOKEN) == TOKEN
    assert Redactor(("test",)).redact("a test of tests") == "a test of tests"
