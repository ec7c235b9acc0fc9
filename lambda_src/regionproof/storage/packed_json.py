"""The files in S3: JSON with a format number, packed with gzip, and read strictly. Pure.

A damaged file, or one of another format, is refused with a reason. Its content is never guessed. Whatever bytes a file
contains, reading it raises only the error of its format, and uses a bounded amount of memory.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import dacite

from regionproof.domain.untrusted_text import sanitize_line, shorten
from regionproof.errors import RegionProofError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REASON_LENGTH = 300

MOST_BYTES = 128 * 1024 * 1024
"""The maximum size of an unpacked file. The ledger of 50,000 accounts with three rules has 58 MB."""

MOST_VALUES = 6_000_000
"""The maximum number of values in a file, because a small file can contain enough values to fill the memory.

The limit counts the characters ``,``, ``[`` and ``{``. The ledger of 50,000 accounts with three rules has 1.9 million.
"""

_CHUNK = 1024 * 1024

_DAMAGE_ERRORS = (
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
"""Every exception that a damaged or forged file can cause while it is unpacked, parsed and turned into records."""


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One kind of file: its format number, and the error for a file that cannot be used.

    ``error`` is called with a clause that gives the reason. It may quote the file, which is untrusted text.
    """

    number: int
    error: Callable[[str], Exception]

    def pack(self, document: dict[str, Any]) -> bytes:
        """Return a document as a file. The same document always gives the same bytes."""
        text = json.dumps({"format": self.number, **document}, separators=(",", ":"))
        return gzip.compress(text.encode(), compresslevel=6, mtime=0)

    def unpack(self, packed: bytes) -> dict[str, Any]:
        """Return the document in a file. Raises the error of this format."""
        with self.refusing_damage():
            document = json.loads(self._decompress(packed))
        number = document.pop("format", None) if isinstance(document, dict) else None
        if type(number) is not int or number != self.number:
            raise self.error(f"its format is {_repr(number)}, but this version reads format {self.number}")
        return dict(document)

    @contextmanager
    def refusing_damage(self) -> Iterator[None]:
        """Raise the error of this format if building records from a document fails."""
        try:
            yield
        except _DAMAGE_ERRORS as error:
            raise self.error(f"it is damaged ({type(error).__name__}: {_message(error)})") from error

    def _decompress(self, packed: bytes) -> bytearray:
        """Decompress in chunks and stop at the size limit, because 1 MB can unpack to 1 GB."""
        content = bytearray()
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            while chunk := file.read(_CHUNK):
                content += chunk
                if len(content) > MOST_BYTES:
                    raise self.error(f"it is larger than {MOST_BYTES} bytes")
        if sum(content.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
            raise self.error(f"it has more than {MOST_VALUES} values")
        return content


class InvalidRunFile(RegionProofError):
    """A file of a run is missing, damaged or of another format. ``str()`` is a short clause, and may quote the file."""

    def __init__(self, reason: str) -> None:
        super().__init__(shorten_reason(reason))


RUN_FILE = FileFormat(3, InvalidRunFile)
"""The files of a run in steps. They exist for one run, so another format comes from a deployment during the run."""


def parse_utc(text: str) -> datetime:
    """Return a time in a file. Raises ``ValueError`` if it is not in UTC."""
    time = datetime.fromisoformat(text)
    if time.utcoffset() != timedelta(0):
        raise ValueError(f"{text} is not a time in UTC")
    return time


def shorten_reason(reason: str) -> str:
    """Return a reason that is safe to display, on one line: it may quote the file, which is untrusted text."""
    return shorten(sanitize_line(reason), REASON_LENGTH)


def _message(error: Exception) -> str:
    """Return the message of an exception. Some messages quote the document, which may be nested too deep to print."""
    try:
        return str(error)
    except RecursionError:
        return "it is nested too deep"


def _repr(value: object) -> str:
    try:
        return repr(value)
    except RecursionError:
        return "nested too deep"
