"""The files of a run: JSON with a format number, packed with gzip, and read strictly.

They live for one run, so a file of another format comes of a deployment in mid-run. It is refused like a damaged
one, never guessed at.
"""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import datetime, timedelta
from typing import Any

from regionproof.domain.text import one_line, shorten
from regionproof.errors import RegionProofError

FORMAT = 2
_REASON_LENGTH = 300


class UnusableRunFile(RegionProofError):  # noqa: N818  # says what it is
    """A file of a run is missing, damaged or of another format. ``str()`` is a short clause, and may quote the file."""

    def __init__(self, reason: str) -> None:
        super().__init__(shorten(one_line(reason), _REASON_LENGTH))


def moment(spelled: str) -> datetime:
    """Return a time that a file spells. Raises ``ValueError`` where it is not in UTC."""
    found = datetime.fromisoformat(spelled)
    if found.utcoffset() != timedelta(0):
        raise ValueError(f"{spelled} is no time in UTC")
    return found


def pack(document: dict[str, Any]) -> bytes:
    """Spell a document: the same one always gives the same bytes."""
    text = json.dumps({"format": FORMAT, **document}, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def unpack(packed: bytes) -> dict[str, Any]:
    """Return the document that a file spells. Raises ``UnusableRunFile``."""
    try:
        document = json.loads(gzip.decompress(packed))
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as cause:
        raise UnusableRunFile(f"it is damaged ({cause})") from cause
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise UnusableRunFile(f"its format is {found!r} and this version knows {FORMAT}")
    return {name: value for name, value in document.items() if name != "format"}
