"""Findings for Security Hub, over names and errors that mean harm."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from tests.publishers.asff_schema import LONGEST, LONGEST_DETAIL, LONGEST_PRODUCT_FIELD, validator
from tests.publishers.test_security_hub import build_findings

from .characters import acting
from .corpus import CORPUS, MANY, hostile_texts
from .organization import NAMED, UNREAD, news

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_EMPTY = re.compile(r".*\S.*")
LARGEST_FINDING = 240 * 1024


def texts(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every text of a finding with its place; those of a list have the place of the list."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, path)


def longest(path: tuple[str, ...]) -> int:
    """Return how long a text may be in this place."""
    if path[0] == "ProductFields":
        return LONGEST_PRODUCT_FIELD
    return LONGEST_DETAIL if path[:3] == ("Resources", "Details", "Other") else LONGEST.get(path, LARGEST_FINDING)


def check(name: str, said: str) -> None:
    """Compare the findings of a run with the format, its limits in bytes, and what acts on a reader."""
    findings = build_findings(news(name, said))
    validator().validate(findings)
    for finding in findings:
        for path, text in texts(finding):
            assert acting(text) == set(), path
            assert len(text.encode()) <= longest(path), path
            assert NOT_EMPTY.fullmatch(text), path
    about = {finding["Resources"][0]["Id"].rpartition(":")[2] for finding in findings}
    assert about == {"111111111111", NAMED, UNREAD}
    ids = [finding["Id"] for finding in findings]
    assert len(ids) == len(set(ids))


@MANY
@given(hostile_texts(), hostile_texts())
def test_every_text_is_one_line_within_the_limits_however_they_are_counted(name: str, said: str) -> None:
    """In bytes, so in characters and in UTF-16 units too; and one bad name spoils no other finding."""
    check(name, said)


@pytest.mark.parametrize("text", CORPUS, ids=lambda text: ascii(text[:20]))
def test_each_text_of_the_corpus_makes_a_finding_that_is_taken(text: str) -> None:
    """In the name, the unit and the message at once."""
    check(text, text)
