"""Which characters act on what shows them: by Unicode's own properties, not by the product's list."""

from __future__ import annotations

import unicodedata

NO_CHARACTERS = frozenset({"Cs", "Co", "Cn"})
"""Surrogates, private use, and what is not assigned, non-characters among it."""

JOINER = "\N{ZERO WIDTH JOINER}"


def acting(text: str) -> set[str]:
    """Return what acts on a reader or is no character: the joiner of emoji is left out."""
    return {c for c in text if unicodedata.category(c) in {"Cc", "Cf", *NO_CHARACTERS, "Zl", "Zp"} and c != JOINER}


def sendable(text: str) -> str:
    """Return a text with what is no character replaced, as every form of output does."""
    return "".join("\ufffd" if unicodedata.category(c) in NO_CHARACTERS else c for c in text)
