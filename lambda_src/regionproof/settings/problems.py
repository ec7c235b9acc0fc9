"""The errors of a settings file, each with its place, the expected and the actual value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .suggestions import suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

SHOWN_VALUE_LENGTH = 60
MOST_PROBLEMS = 100
"""How many errors of one file are worked out. A file with more is the wrong one, or has one cause."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of a settings file. ``line`` counts from 1 and is None if it is unknown."""

    path: str
    expected: str
    line: int | None = None

    def __str__(self) -> str:
        """Return ``line 12: rules.STS.1.require: expected …``."""
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.path}: {self.expected}" if self.path else f"{place}{self.expected}"


class SettingsError(Exception):
    """A settings file cannot be used.

    ``problems`` holds every error up to ``MOST_PROBLEMS``, never empty; ``str()`` names all of them.
    """

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 error" if len(problems) == 1 else f"{len(problems)} errors"
        if len(problems) >= MOST_PROBLEMS:
            count = f"{MOST_PROBLEMS} errors or more; these are the first"
        super().__init__("\n".join([f"{source}: {count}", *(f"  {problem}" for problem in problems)]))


def dotted(location: Sequence[str | int]) -> str:
    """Format a place in the file: ``exemptions[0].until``."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def in_words(error: ErrorDetails, known_keys: Sequence[str]) -> str:
    """Describe an error of pydantic for a person: the expected and the actual value.

    ``known_keys`` are the keys that are allowed in place of an unknown one.
    """
    context: dict[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "unexpected_keyword_argument" | "extra_forbidden":
            return _unknown_key(str(error["loc"][-1]), known_keys)
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            return "is required and missing"
        case "value_error":
            return f"{context['error']} (got {_shown(error['input'])})"
        case "literal_error":
            return f"expected {context['expected']} (got {_shown(error['input'])})"
        case kind:
            return f"expected {_EXPECTED.get(kind, error['msg'])} (got {_shown(error['input'])})"


_EXPECTED = {
    "string_type": "a text in quotes",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "tuple_type": "a list",
    "dict_type": "keys with values",
    "dataclass_type": "keys with values",
    "date_type": "a date such as 2027-03-31",
    "date_parsing": "a date such as 2027-03-31",
    "date_from_datetime_parsing": "a date such as 2027-03-31",
    "date_from_datetime_inexact": "a date such as 2027-03-31, without a time",
}


def _unknown_key(key: str, known_keys: Sequence[str]) -> str:
    hint = suggestion(key, known_keys) or f"known here: {', '.join(known_keys)}"
    return f"unknown key; {hint}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_VALUE_LENGTH else f"{text[:SHOWN_VALUE_LENGTH]}…"
