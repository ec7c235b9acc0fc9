"""Untrusted text: names and messages that could break a line, colour a terminal or turn a text around."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.untrusted_text import (
    ELLIPSIS,
    REDACTED,
    sanitize_line,
    shorten,
    shorten_to_bytes,
    to_safe_json,
    without_credentials,
)

MANY = settings(max_examples=200, deadline=None, derandomize=True)
any_text = st.text() | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "L"]))


@pytest.mark.parametrize(
    "hostile",
    [
        "\n",
        "\r",
        "\t",
        "\x00",
        "\x07",
        "\x1b",
        "\x7f",
        "\x85",
        "\x9b",
        "\N{LINE SEPARATOR}",
        "\N{PARAGRAPH SEPARATOR}",
        "\N{RIGHT-TO-LEFT OVERRIDE}",
        "\N{RIGHT-TO-LEFT ISOLATE}",
        "\N{POP DIRECTIONAL FORMATTING}",
        "\N{RIGHT-TO-LEFT MARK}",
        "\N{ZERO WIDTH NO-BREAK SPACE}",
        "\N{ZERO WIDTH SPACE}",
        "\ud800",
        "\N{TAG LATIN SMALL LETTER A}",
        "\N{ZERO WIDTH JOINER}",
        "\N{COMBINING GRAPHEME JOINER}",
        "\N{HANGUL FILLER}",
        "\N{VARIATION SELECTOR-17}",
    ],
    ids=ascii,
)
def test_a_character_that_breaks_output_is_shown_as_replaced(hostile: str) -> None:
    """It leaves a mark, so no one takes the cleaned name for the real one."""
    assert sanitize_line(f"prod{hostile}uction") == "prod\N{REPLACEMENT CHARACTER}uction"


@pytest.mark.parametrize(
    "name",
    [
        "orders",
        "Café № 7",
        "注文 本番",
        "日本 🏯",
        "👩\N{ZERO WIDTH JOINER}💻",
        "👩🏽\N{ZERO WIDTH JOINER}🚒",
        "❤️\N{ZERO WIDTH JOINER}🔥",
        "क्\N{ZERO WIDTH JOINER}ष",
        "<b>&amp;*",
    ],
)
def test_what_people_write_stays_as_it_is(name: str) -> None:
    """Accents, other scripts and emoji are no danger; markup is the business of each form of output."""
    assert sanitize_line(name) == name


@MANY
@given(any_text)
def test_no_control_escape_or_direction_character_survives(text: str) -> None:
    """Whatever the text: one line, each character in its place."""
    cleaned = sanitize_line(text)
    assert len(cleaned) == len(text)
    assert len(cleaned.splitlines()) <= 1
    allowed = {"\N{ZERO WIDTH JOINER}"}
    categories = {unicodedata.category(character) for character in cleaned if character not in allowed}
    assert not categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert sanitize_line(cleaned) == cleaned
    cleaned.encode()


@MANY
@given(any_text, st.integers(min_value=1, max_value=40))
def test_a_shortened_text_never_exceeds_the_limit(text: str, limit: int) -> None:
    """What fits stays; what was cut ends with an ellipsis and begins as the text did."""
    short = shorten(text, limit)
    assert len(short) <= limit
    if len(text) <= limit:
        assert short == text
    else:
        assert short.endswith(ELLIPSIS)
        assert text.startswith(short[:-1])


@pytest.mark.parametrize(
    "text",
    [
        "\N{ZERO WIDTH JOINER}",
        "💻\N{ZERO WIDTH JOINER}",
        "💻\N{ZERO WIDTH JOINER})",
        "💻" + "\N{ZERO WIDTH JOINER}" * 2,
    ],
)
def test_a_joiner_that_joins_nothing_is_replaced(text: str) -> None:
    """It would be invisible, and two names would look the same."""
    assert "\N{ZERO WIDTH JOINER}" not in sanitize_line(text)


@MANY
@given(any_text | st.text("a注👩\N{ZERO WIDTH JOINER}💻 "), st.integers(min_value=3, max_value=40))
def test_a_text_shortened_to_bytes_is_within_every_count(text: str, limit: int) -> None:
    """Bytes, UTF-16 units and characters; no character is cut in two, and the cut leaves a mark."""
    whole = sanitize_line(text)
    short = shorten_to_bytes(whole, limit)
    assert len(short.encode()) <= limit
    assert len(short.encode("utf-16-le")) // 2 <= limit
    if len(whole.encode()) <= limit:
        assert short == whole
    else:
        assert short.endswith(ELLIPSIS)
        assert whole.startswith(short[:-1])


@MANY
@given(any_text, st.booleans())
def test_json_reads_back_as_it_was_and_moves_no_cursor(text: str, ascii_only: bool) -> None:  # noqa: FBT001
    """Letters stay as they are; what is no character is replaced, because AWS refuses or damages some of it."""
    spelled = to_safe_json({text: [text]}, ascii_only=ascii_only)
    assert {c for c in spelled if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}} == set()
    sendable = "".join("\ufffd" if unicodedata.category(c) in {"Cs", "Co", "Cn"} else c for c in text)
    assert json.loads(spelled) == {sendable: [sendable]}
    assert spelled.isascii() or not ascii_only
    spelled.encode()


def test_json_keeps_the_letters_of_all_scripts() -> None:
    """Escaped, they would take twice the room of an alert."""
    assert to_safe_json(["Zoë 注文 🏯"]) == '["Zoë 注文 🏯"]'


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("key AKIAIOSFODNN7EXAMPLE is unknown", f"key {REDACTED} is unknown"),
        ("for 'ASIAIOSFODNN7EXAMPLE'", f"for '{REDACTED}'"),
        (f"x-amz-security-token:{'IQoJb3JpZ2lu/+' * 20}==", f"x-amz-security-token:{REDACTED}"),
        (
            "<SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY</SecretAccessKey>",
            f"<SecretAccessKey>{REDACTED}</SecretAccessKey>",
        ),
        ("b'<AssumeRoleResult><SessionToken>short", f"b'<AssumeRoleResult><SessionToken>{REDACTED}"),
        ("Invalid header value b'any\\nthing'", f"Invalid header value {REDACTED}"),
        ('Invalid header value "it\'s"', f"Invalid header value {REDACTED}"),
        ("proxy http://jane:secret@proxy:8080/", f"proxy http://{REDACTED}@proxy:8080/"),
        ("see https://example.com:8080/a@b", "see https://example.com:8080/a@b"),
        ('"SecretAccessKey": "wJalrXUtnFEMIK7MDENG"', f'"SecretAccessKey": "{REDACTED}"'),
        ("aws_session_token = FwoGZXIvYXdzEBYaDEx", f"aws_session_token = {REDACTED}"),
        ("host;x-amz-security-token;x-amz-date", "host;x-amz-security-token;x-amz-date"),
        ("an old aws_session_token in ~/.aws/credentials", "an old aws_session_token in ~/.aws/credentials"),
        ("token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2ln", f"token {REDACTED}"),
        ("arn:aws:iam::111122223333:role/ASIA is not AKIA", "arn:aws:iam::111122223333:role/ASIA is not AKIA"),
        ("XASIAIOSFODNN7EXAMPLEX", "XASIAIOSFODNN7EXAMPLEX"),
    ],
)
def test_credentials_are_left_out_of_what_aws_says(said: str, left: str) -> None:
    """Key ids, secret keys and session tokens as errors quote them; the sentence around them stays."""
    assert without_credentials(said) == left
