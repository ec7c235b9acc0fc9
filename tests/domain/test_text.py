"""Untrusted text: names and messages that could break a line, colour a terminal or turn a text around."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.text import ELLIPSIS, one_line, shorten

MANY = settings(max_examples=200, deadline=None, derandomize=True)
any_text = st.text() | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "L"]))


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
    ],
    ids=ascii,
)
def test_a_character_that_breaks_output_is_shown_as_replaced(hostile: str) -> None:
    """It leaves a mark, so that nobody takes the cleaned name for the real one."""
    assert one_line(f"prod{hostile}uction") == "prod\N{REPLACEMENT CHARACTER}uction"


@pytest.mark.parametrize(
    "name", ["orders", "Café № 7", "注文 本番", "日本 🏯", "👩\N{ZERO WIDTH JOINER}💻", "<b>&amp;*"]
)
def test_what_people_write_stays_as_it_is(name: str) -> None:
    """Accents, other scripts and emoji are no danger; markup is the business of each form of output."""
    assert one_line(name) == name


@MANY
@given(any_text)
def test_no_control_escape_or_direction_character_survives(text: str) -> None:
    """Whatever the text: one line, each character in its place."""
    cleaned = one_line(text)
    assert len(cleaned) == len(text)
    assert len(cleaned.splitlines()) <= 1
    allowed = {"\N{ZERO WIDTH JOINER}"}
    categories = {unicodedata.category(character) for character in cleaned if character not in allowed}
    assert not categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert one_line(cleaned) == cleaned
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
