"""Credentials that are known, found in any text: whole or in part, wrapped, quoted, escaped or encoded. Pure.

What is compared are letters and digits alone, in lower case: line breaks, quotes and the characters that encodings
escape (+, / and =) do not count. Parts shorter than 16 characters stay: they open nothing, and are found by chance.
"""

from __future__ import annotations

import base64
import re
from functools import cached_property
from itertools import takewhile
from operator import eq
from typing import TYPE_CHECKING

from .escapes import letters_of, places_of_letters, readings, views
from .untrusted_text import REDACTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .escapes import Span, View

SHORTEST_PART = 16
"""Characters of a credential that must stand together to count as a part of it."""


class _Form:
    """A credential in one encoding, of which ``shortest`` characters count as a part."""

    def __init__(self, encoded: str, shortest: int) -> None:
        self._encoded = encoded
        self._shortest = shortest
        self.letters = letters_of(encoded)

    @cached_property
    def _places(self) -> list[int]:
        """The place of each letter, between those before the first one and after the last one."""
        return [-1, *places_of_letters(self._encoded), len(self._encoded)]

    def is_part(self, start: int, end: int) -> bool:
        """Return whether these letters, with the other characters around them, are long enough."""
        return self._places[end + 1] - self._places[start] - 1 >= self._shortest

    def parts_around(self, letters: str, start: int, size: int) -> Iterator[Span]:
        """Yield from where to where other letters are those of this form, around ``size`` letters from ``start``."""
        gram, place = letters[start : start + size], -1
        while (place := self.letters.find(gram, place + 1)) >= 0:
            before = _common(letters[max(0, start - place) : start][::-1], self.letters[:place][::-1])
            after = _common(letters[start : start + len(self.letters)], self.letters[place:])
            if self.is_part(place - before, place + after):
                yield start - before, start + after


class _Index:
    """Forms by their runs of ``size`` letters. Texts are looked up by every ``step``-th of their runs.

    A part of ``size + step - 1`` letters is found wherever it stands.
    """

    def __init__(self, forms: tuple[_Form, ...], size: int, step: int) -> None:
        self._forms = forms
        self._size = size
        self._step = step
        self._stepping = re.compile(f"(?=(.{{{size}}})).{{{step}}}")

    @cached_property
    def _runs(self) -> frozenset[str]:
        return frozenset().union(*(self._all_runs(form.letters) for form in self._forms))

    def _all_runs(self, letters: str) -> Iterator[str]:
        return (letters[start : start + self._size] for start in range(len(letters) - self._size + 1))

    def may_hold(self, letters: str) -> bool:
        """Return whether some letters have a run in common with a form."""
        return not self._runs.isdisjoint(self._stepping.findall(letters))

    def may_hold_once(self, letters: str) -> bool:
        """Return the same without an index of the forms, which takes longer than one short text does."""
        runs = frozenset(self._all_runs(letters))
        return not all(runs.isdisjoint(self._stepping.findall(form.letters)) for form in self._forms)

    def spans(self, view: View) -> Iterator[Span]:
        """Yield from where to where parts of credentials are in the text."""
        for start in range(0, len(view.letters) - self._size + 1, self._step):
            if view.letters[start : start + self._size] in self._runs:
                for form in self._forms:
                    for first, end in form.parts_around(view.letters, start, self._size):
                        yield view.spans[first][0], view.spans[end - 1][1]


class Redactor:
    """Removes credentials from texts: access key ids, secret keys, session tokens.

    Credentials shorter than ``SHORTEST_PART`` are none of AWS's and are left alone. ``for_many``: there are many
    texts, so an index pays, which takes a few milliseconds.
    """

    def __init__(self, credentials: Iterable[str], *, for_many: bool = True) -> None:
        self._credentials = frozenset(one for one in credentials if len(one) >= SHORTEST_PART)
        self._for_many = for_many

    def redact(self, text: str) -> str:
        """Return the text with ``REDACTED`` in place of every credential and of every long part of one."""
        if len(text) < SHORTEST_PART or not any(map(self._may_hold, readings(text))):
            return text
        found = [span for view in views(text) for index in self._indexes for span in index.spans(view)]
        return _without(text, sorted(found))

    def _may_hold(self, letters: str) -> bool:
        if self._for_many:
            return any(index.may_hold(letters) for index in self._indexes)
        return any(index.may_hold_once(letters) for index in self._indexes)

    @cached_property
    def _indexes(self) -> tuple[_Index, ...]:
        # Sixteen characters of a credential, five of + and / among them, have eleven letters: 8 + 4 - 1. In
        # hexadecimal they have 32, and shorter runs of digits are found in account ids and digests too.
        in_text = tuple(form for one in self._credentials for form in (_Form(one, SHORTEST_PART), *_in_base64(one)))
        in_hexadecimal = tuple(map(_in_hexadecimal, self._credentials))
        return _Index(in_text, 8, 4), _Index(in_hexadecimal, 16, 16)


def _in_hexadecimal(credential: str) -> _Form:
    return _Form(credential.encode(errors="replace").hex(), 2 * SHORTEST_PART)


def _in_base64(credential: str) -> Iterator[_Form]:
    """Yield a credential as base64 spells it after 0, 1 and 2 other bytes, without what other bytes have a part in."""
    content = credential.encode(errors="replace")
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + content).decode()
        first, end = -(-before * 8 // 6), (before + len(content)) * 8 // 6
        yield _Form(encoded[first:end], SHORTEST_PART * 4 // 3 - 1)


def _common(first: str, second: str) -> int:
    """Return how many letters two texts have in common from their beginning."""
    return sum(takewhile(bool, map(eq, first, second)))


def _without(text: str, spans: Iterable[Span]) -> str:
    """Return the text with ``REDACTED`` in place of spans, which come in order and may overlap."""
    parts, end = [], 0
    for start, until in spans:
        if start >= end:
            parts += [text[end:start], REDACTED]
        end = max(end, until)
    return "".join([*parts, text[end:]])
