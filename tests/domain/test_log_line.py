"""A line of the log: one line of JSON, within the size that CloudWatch takes, whatever it is about."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.log_line import LOG_LINE_BYTES, SHORTENED, to_log_json
from regionproof.domain.untrusted_text import REDACTED

IDENTITY = {"level": "ERROR", "location": "conclude:99", "message": "audit.finished", "request_id": "r-1"}
any_text = st.text() | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "L"]))
HUGE: dict[str, Any] = {
    "ids": [f"{number:012d}" for number in range(10_000)] * 10,
    "a text": "x y " * 500_000,
    "escapes": "\x1b" * 100_000,
    "emoji": "👩" * 100_000,
    "a text in a list in a list": [["x y " * 100] * 1000] * 10,
    "keys": {f"key {number}": number for number in range(100_000)},
    "keys without end": {"k y " * 100_000: 1},
    "nested": {str(n): {str(m): ["x y " * 100] * 30 for m in range(30)} for n in range(30)},
}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(any_text)
def test_a_record_is_one_line_of_ascii(text: str) -> None:
    """Also if it holds what JSON does not know."""
    line = to_log_json({"message": text, "failure": ValueError})
    assert line.isascii()
    assert line.isprintable()
    sendable = "".join("\ufffd" if unicodedata.category(c) in {"Cs", "Co", "Cn"} else c for c in text)
    assert json.loads(line)["message"] == sendable


@pytest.mark.parametrize("value", HUGE.values(), ids=HUGE)
@pytest.mark.parametrize("key", ["details", "message"])
def test_no_record_makes_a_line_that_is_too_long(key: str, value: Any) -> None:
    """It stays JSON, says that it was shortened, and keeps what it is about."""
    record = {**IDENTITY, "first": 1, key: value}
    line = to_log_json(record)
    assert len(line.encode()) <= LOG_LINE_BYTES
    read = json.loads(line)
    assert read[SHORTENED] > LOG_LINE_BYTES
    kept = IDENTITY.keys() - {key}
    assert {name: read[name] for name in kept} == {name: IDENTITY[name] for name in kept}
    assert key == "details" or read["message"]


def test_a_record_that_fits_is_kept_whole() -> None:
    """Nothing is cut without need, and nothing says so."""
    record = {**IDENTITY, "not_tried": [f"{number:012d}" for number in range(1000)], "text": "x y " * 20_000}
    assert json.loads(to_log_json(record)) == record


def test_a_long_traceback_keeps_its_end() -> None:
    """The cause is there."""
    traceback = "Traceback:\n" + "  File x, line 1\n" * 50_000 + "ValueError: the cause"
    read = json.loads(to_log_json({**IDENTITY, "exception": traceback}))
    assert read["exception"].startswith("Traceback:")
    assert read["exception"].endswith("ValueError: the cause")


@pytest.mark.parametrize("before", ["é", "\n", '"', "\x1b"])
def test_a_credential_after_an_escaped_character_leaves_valid_json(before: str) -> None:
    """The escape ends in letters, which must not be taken for a part of the credential."""
    line = to_log_json({"message": f"{before}{'A' * 300}", "key": [{"id": "AKIAIOSFODNN7EXAMPLE"}]})
    assert json.loads(line) == {"message": f"{before}{REDACTED}", "key": [{"id": REDACTED}]}


def test_no_part_of_a_credential_is_left_where_a_text_is_cut() -> None:
    """What is cut is clean already."""
    line = to_log_json({**IDENTITY, "exception": "x " * 10_000 + "A" * 10_000 + " y" * 500_000})
    assert "A" * 20 not in line
