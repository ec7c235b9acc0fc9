"""The files of a run: JSON with a format number, packed with gzip, and read strictly.

They live for one run, so a file of another format comes of a deployment in mid-run. It is refused like a damaged
one, never guessed at.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

from regionproof.errors import RegionProofError
from regionproof.storage import packed_json

FORMAT = 3


class InvalidRunFile(RegionProofError):
    """A file of a run is missing, damaged or of another format. ``str()`` is a short clause, and may quote the file."""

    def __init__(self, reason: str) -> None:
        super().__init__(packed_json.shorten_reason(reason))


def pack(document: dict[str, Any]) -> bytes:
    """Spell a document: the same one always gives the same bytes."""
    text = json.dumps({"format": FORMAT, **document}, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def unpack(packed: bytes) -> dict[str, Any]:
    """Return the document that a file spells. Raises ``InvalidRunFile``."""
    document = packed_json.unpack(packed, FORMAT, InvalidRunFile)
    return {name: value for name, value in document.items() if name != "format"}
