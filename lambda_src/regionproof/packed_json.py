"""Files of this product in S3: JSON with a format number, packed with gzip, and read strictly. Pure.

A file of another format, or one that is damaged, is refused with a reason, never guessed at. Each kind of file has
a format number and a refusal of its own.
"""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .domain.text import one_line, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

REASON_LENGTH = 300


def unpack(packed: bytes, known_format: int, refusal: Callable[[str], Exception]) -> dict[str, Any]:
    """Return the document that a file spells. Raises the refusal, which is made of a clause that says why."""
    try:
        document = json.loads(gzip.decompress(packed))
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as cause:
        raise refusal(f"it is damaged ({cause})") from cause
    found = document.get("format") if isinstance(document, dict) else None
    if found != known_format:
        raise refusal(f"its format is {found!r} and this version knows {known_format}")
    return dict(document)


def moment(spelled: str) -> datetime:
    """Return a time that a file spells. Raises ``ValueError`` where it is not in UTC."""
    found = datetime.fromisoformat(spelled)
    if found.utcoffset() != timedelta(0):
        raise ValueError(f"{spelled} is no time in UTC")
    return found


def short_reason(reason: str) -> str:
    """Return a reason fit to be told: it may quote the file, which is untrusted text."""
    return shorten(one_line(reason), REASON_LENGTH)
