"""Text as it reads once its escapes are resolved, reduced to letters and digits, with the place of each.

Escapes are those of URLs, JSON, Python, HTML, quoted-printable mail and terminals, also one inside another.
"""

from __future__ import annotations

import html
import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Span: TypeAlias = tuple[int, int]

_MARKS = re.compile(r"[%\\&=\x1b<]|0[xX]")
"""Every escape begins with one of these."""

_ESCAPE = re.compile(
    r"%(?P<url>[0-9A-Fa-f]{2})"
    r"|\\+(?:(?:u00|U0{6}|u\{0*)(?P<json>[0-9A-Fa-f]{2})\}?|u[0-9A-Fa-f]{4}|x(?P<python>[0-9A-Fa-f]{2})"
    r"|(?P<octal>[0-7]{3})|[nrtbfva0])"
    r"|0[xX](?P<number>[0-9A-Fa-f]{2})(?![0-9A-Fa-f])"
    r"|&(?P<entity>#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});"
    r"|\x1b\[[0-9;]*[A-Za-z]"
    r"|</?w?br ?/?>"
)
_QUOTED_PRINTABLE = re.compile(r"=(?P<url>[0-9A-F]{2})")
_ROUNDS = 4
"""How often escapes inside escapes are resolved."""

_KEPT = frozenset(string.ascii_letters + string.digits)
_DROPPED = bytes(code for code in range(128) if chr(code) not in _KEPT)
_SEPARATOR = " "


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a text: its letters and digits in lower case, and from where to where each is in the text."""

    letters: str
    spans: Sequence[Span]


def readings(text: str) -> Iterator[str]:
    """Yield the letters and digits of a text in lower case: as they stand, and after each round of escapes."""
    yield letters_of(text)
    if not _MARKS.search(text):
        return
    for first in (_ESCAPE, _QUOTED_PRINTABLE):
        escape, resolved = first, text
        for _ in range(_ROUNDS):
            before, resolved = resolved, escape.sub(_resolved, resolved)
            if resolved == before:
                break
            yield letters_of(resolved)
            escape = _ESCAPE


def views(text: str) -> Iterator[View]:
    """Yield the same as ``readings``, with places. It is slower by far."""
    raw = list(text), [(place, place + 1) for place in range(len(text))]
    yield _view(*raw)
    for first in (_ESCAPE, _QUOTED_PRINTABLE):
        escape, characters, spans = first, *raw
        for _ in range(_ROUNDS):
            characters, spans = _resolve(escape, characters, spans)
            yield _view(characters, spans)
            escape = _ESCAPE


def letters_of(text: str) -> str:
    """Return the letters and digits of ASCII in a text, in lower case."""
    return text.encode("ascii", "ignore").translate(None, _DROPPED).lower().decode("ascii")


def places_of_letters(text: Iterable[str]) -> list[int]:
    """Return the places of these letters and digits."""
    return [place for place, character in enumerate(text) if character in _KEPT]


def _view(characters: list[str], spans: list[Span]) -> View:
    kept = places_of_letters(characters)
    return View("".join(characters[place] for place in kept).lower(), [spans[place] for place in kept])


def _resolve(escape: re.Pattern[str], characters: list[str], spans: list[Span]) -> tuple[list[str], list[Span]]:
    text, end = "".join(characters), 0
    found: list[str] = []
    places: list[Span] = []
    for one in escape.finditer(text):
        found += characters[end : one.start()]
        places += spans[end : one.start()]
        end = one.end()
        found.append(_resolved(one))
        places.append((spans[one.start()][0], spans[end - 1][1]))
    return found + characters[end:], places + spans[end:]


def _resolved(found: re.Match[str]) -> str:
    """Return the one character that an escape stands for; a space for one that is not a printable ASCII."""
    groups = found.groupdict()
    if number := groups.get("octal"):
        return _printable(chr(int(number, 8)))
    if entity := groups.get("entity"):
        return _printable(html.unescape(f"&{entity};"))
    number = next((groups[name] for name in ("url", "json", "python", "number") if groups.get(name)), None)
    return _printable(chr(int(number, 16))) if number else _SEPARATOR


def _printable(character: str) -> str:
    return character if len(character) == 1 and " " <= character <= "~" else _SEPARATOR
