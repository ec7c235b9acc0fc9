"""Answers of AWS, checked before use: each value is handed out in the expected type, or not at all. Pure.

An answer may be of a proxy, cut off, or of a later version of the service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .domain.untrusted_text import shorten
from .errors import UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NEXT_TOKEN = "NextToken"  # noqa: S105  # the name of a field

MOST_PAGES = 10_000
"""ListAccounts gives 20 accounts a page, and no organization is known to have more than 50,000."""

MOST_EMPTY_PAGES = 100
"""In a row, or pages that repeat the one before. AWS may give some empty ones before the last page.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
"""

SHOWN_LENGTH = 100
"""Characters of an unusable value that its error shows."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of AWS, or a part of one. ``call`` is named by the errors."""

    call: str
    content: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Check that the content is a structure. Raises ``UnexpectedAnswer``."""
        if not isinstance(self.content, dict):
            raise UnexpectedAnswer(f"{self.call} was answered with {_shown(self.content)}")

    def text(self, key: str) -> str:
        """Return a text that is not empty. Raises ``UnexpectedAnswer``."""
        value = self.content.get(key)
        if isinstance(value, str) and value:
            return value
        raise self._unexpected(key, value)

    def text_or(self, key: str, default: str) -> str:
        """Return a text, or the default if it is missing or empty. Raises ``UnexpectedAnswer``."""
        value = self.content.get(key)
        return self.text(key) if value not in (None, "") else default

    def number(self, key: str) -> int:
        """Return a whole number that is not negative. Raises ``UnexpectedAnswer``."""
        value = self.content.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise self._unexpected(key, value)

    def part(self, key: str) -> Answer:
        """Return the structure under a key. Raises ``UnexpectedAnswer``."""
        value = self.content.get(key)
        if isinstance(value, dict):
            return Answer(self.call, value)
        raise self._unexpected(key, value)

    def parts(self, key: str) -> list[Answer]:
        """Return the structures of a list. Raises ``UnexpectedAnswer``, also for an entry that is not a structure."""
        entries = self._list(key)
        if all(isinstance(entry, dict) for entry in entries):
            return [Answer(self.call, entry) for entry in entries]
        raise self._unexpected(key, entries)

    def texts(self, key: str) -> list[str]:
        """Return the texts of a list. Raises ``UnexpectedAnswer``, also for an entry that is not a text."""
        entries = self._list(key)
        if all(isinstance(entry, str) and entry for entry in entries):
            return entries
        raise self._unexpected(key, entries)

    def _list(self, key: str) -> list[Any]:
        value = self.content.get(key)
        if isinstance(value, list):
            return value
        raise self._unexpected(key, value)

    def _unexpected(self, key: str, value: object) -> UnexpectedAnswer:
        """Return the error: a proxy's answer parses to a structure without the key."""
        if value is None:
            return UnexpectedAnswer(f"{self.call} was answered without {key}; is there a proxy in between?")
        return UnexpectedAnswer(f"{self.call} was answered with an unusable {key}: {_shown(value)}")


def pages(ask: Callable[..., Answer], key: str, *, most: int = MOST_PAGES, **arguments: Any) -> Iterator[list[Answer]]:
    """Yield the entries of every page of a listing. ``key`` names its list; ``ask`` makes a call with the arguments.

    Raises ``UnexpectedAnswer`` for a page without a list, and for a listing that has no end: a token that came
    before, too many pages, or too many in a row without anything new.
    """
    tokens: set[str] = set()
    before, empty = None, 0
    for _ in range(most):
        page = ask(**arguments)
        entries = page.parts(key)
        empty = empty + 1 if not entries or entries == before else 0
        before = entries
        yield entries
        token = page.text_or(NEXT_TOKEN, "")
        if not token:
            return
        if token in tokens or empty > MOST_EMPTY_PAGES:
            again = "the same token again" if token in tokens else f"{empty} pages without anything new in a row"
            raise UnexpectedAnswer(f"the listing of {key} has no end: AWS gave {again}")
        tokens.add(token)
        arguments[NEXT_TOKEN] = token
    raise UnexpectedAnswer(f"the listing of {key} has no end: AWS gave {most} pages and names another")


def _shown(value: object) -> str:
    return shorten(repr(value), SHOWN_LENGTH)
