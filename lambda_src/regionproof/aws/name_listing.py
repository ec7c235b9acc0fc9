"""Names that AWS lists: all of them, or why they could not be listed. Never a part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.errors import UnexpectedAnswer

from .calls import CallFailed, unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from regionproof.preflight.observed import Names


def names(call: str, read: Callable[[], Iterable[str]]) -> Names:
    """Return all that ``read`` yields, or the failure of ``call``."""
    try:
        return frozenset(read())
    except (CallFailed, UnexpectedAnswer) as failure:
        return unread(failure, call)
