"""Files of this product in S3: JSON with a format number, packed with gzip, and read strictly. Pure.

A file of another format, or one that is damaged, is refused with a reason, never guessed at. Each kind of file has
a format number and a refusal of its own. Whatever a file holds, reading it raises nothing but its refusal, and takes
a bounded amount of memory.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import dacite

from regionproof.domain.untrusted_text import sanitize_line, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REASON_LENGTH = 300

MOST_BYTES = 128 * 1024 * 1024
"""Bytes of an unpacked file, at most. The ledger of 50,000 accounts under three rules takes 58 MB."""

MOST_VALUES = 6_000_000
"""Values in a file, at most, as the marks of JSON count them: a small file can fill a large memory.

The ledger of 50,000 accounts under three rules has 1.9 million.
"""

_CHUNK = 1024 * 1024

_DAMAGES = (
    OSError,
    EOFError,
    zlib.error,
    dacite.DaciteError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""All that unpacking, parsing and building records raises for a file that is damaged or forged."""


def unpack(packed: bytes, known_format: int, refusal: Callable[[str], Exception]) -> dict[str, Any]:
    """Return the document that a file spells. Raises the refusal, which is made of a clause that says why."""
    with refused_if_damaged(refusal):
        document = json.loads(_unpacked(packed, refusal))
    found = document.get("format") if isinstance(document, dict) else None
    if type(found) is not int or found != known_format:
        raise refusal(f"its format is {_spelled(found)} and this version knows {known_format}")
    return dict(document)


@contextmanager
def refused_if_damaged(refusal: Callable[[str], Exception]) -> Iterator[None]:
    """Turn whatever a damaged or forged document raises, while records are made of it, into the refusal."""
    try:
        yield
    except _DAMAGES as cause:
        raise refusal(f"it is damaged ({type(cause).__name__}: {_words_of(cause)})") from cause


def parse_utc(spelled: str) -> datetime:
    """Return a time that a file spells. Raises ``ValueError`` where it is not in UTC."""
    found = datetime.fromisoformat(spelled)
    if found.utcoffset() != timedelta(0):
        raise ValueError(f"{spelled} is no time in UTC")
    return found


def shorten_reason(reason: str) -> str:
    """Return a reason fit to be told: it may quote the file, which is untrusted text."""
    return shorten(sanitize_line(reason), REASON_LENGTH)


def _unpacked(packed: bytes, refusal: Callable[[str], Exception]) -> bytearray:
    """Unpack piece by piece, and stop at the first byte too many: 1 MB can spell 1 GB."""
    content = bytearray()
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        while chunk := file.read(_CHUNK):
            content += chunk
            if len(content) > MOST_BYTES:
                raise refusal(f"it is larger than {MOST_BYTES} bytes")
    if sum(content.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
        raise refusal(f"it holds more than {MOST_VALUES} values")
    return content


def _words_of(cause: Exception) -> str:
    """Return the words of an exception. Some quote the document, which may be nested too deep to be spelled."""
    try:
        return str(cause)
    except RecursionError:
        return "it is nested too deep"


def _spelled(value: object) -> str:
    try:
        return repr(value)
    except RecursionError:
        return "nested too deep"
