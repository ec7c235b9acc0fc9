"""What someone meant who wrote a name that does not exist."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SIMILAR = 0.6
_MISTYPED = 2
_AS_GOOD = 0.01
_MOST = 3


def suggestion(text: str, names: Iterable[str]) -> str:
    """Return ``did you mean a or b?`` with the nearest names; nothing if none is near or many are equally near."""
    near = {name: difflib.SequenceMatcher(None, text.lower(), name.lower()).ratio() for name in names}
    best = max(near.values(), default=0)
    nearest = sorted(name for name, ratio in near.items() if ratio >= max(best - _AS_GOOD, _SIMILAR))
    return _question(nearest)


def nearest_ids(wrong: str, ids: Iterable[str]) -> str:
    """Return ``did you mean a?`` with the ids of which at most two characters are others; nothing if there are many.

    Ids share their beginning and are random after it, so they look more alike than they are.
    """
    mistyped = {
        other: sum(a != b for a, b in zip(wrong, other, strict=True)) for other in ids if len(other) == len(wrong)
    }
    fewest = min(mistyped.values(), default=len(wrong))
    return _question(sorted(one for one, count in mistyped.items() if count == fewest <= _MISTYPED))


def _question(nearest: Sequence[str]) -> str:
    return f"did you mean {' or '.join(nearest)}?" if 0 < len(nearest) <= _MOST else ""
