"""Which characters act on what shows them: by Unicode's own properties, not by the product's list."""

from __future__ import annotations

import unicodedata

JOINER = "\N{ZERO WIDTH JOINER}"


def acting(text: str) -> set[str]:
    """Return the control, format, surrogate and line-breaking characters of a text, the joiner of emoji left out."""
    return {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and c != JOINER}
