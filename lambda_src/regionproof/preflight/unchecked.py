"""The part of the preflight on what could not be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.causes import is_denial, likely_cause

from .observed import Check, CheckState, describe_failure

if TYPE_CHECKING:
    from regionproof.domain.facts import ReadFailure
    from regionproof.domain.report import Identity


def not_seen(need: str, failure: ReadFailure, caller: Identity) -> Check:
    """Return the check of what could not be looked at: it is neither there nor missing."""
    denied = is_denial(failure)
    cure = f"allow {failure.call} to the caller" if denied else likely_cause(failure, caller=caller)
    return Check(need=need, state=CheckState.UNKNOWN, seen=describe_failure(failure), cure=cure)
