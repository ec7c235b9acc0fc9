"""The part of the preflight on what could not be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .domain.causes import is_denial, likely_cause
from .domain.setup import Check, CheckState, told

if TYPE_CHECKING:
    from .domain.facts import Unread
    from .domain.report import Identity


def not_seen(need: str, failure: Unread, caller: Identity) -> Check:
    """Return the check of what could not be looked at: it is neither there nor missing."""
    denied = is_denial(failure)
    cure = f"allow {failure.call} to whoever runs this" if denied else likely_cause(failure, caller=caller)
    return Check(need=need, state=CheckState.UNKNOWN, seen=told(failure), cure=cure)
