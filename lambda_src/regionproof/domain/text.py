"""Untrusted text made fit for one line of a message: account names, OU names, error messages."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"
_JOINER = "\u200d"
"""Zero width joiner: holds emoji together, and turns no text around."""


def one_line(text: str) -> str:
    """Return the text without line breaks, control, escape and direction characters; each becomes ``\ufffd``."""
    return "".join("\ufffd" if _breaks_output(character) else character for character in text)


def shorten(text: str, limit: int) -> str:
    """Return the text in at most ``limit`` characters; what was cut is marked by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def _breaks_output(character: str) -> bool:
    category = unicodedata.category(character)
    return (category[0] == "C" or category in {"Zl", "Zp"}) and character != _JOINER
