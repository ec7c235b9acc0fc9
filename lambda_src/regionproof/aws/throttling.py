"""Throttled calls, counted as they come back, retried or not."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from regionproof.domain.cause_tables import THROTTLING_CODES

if TYPE_CHECKING:
    import boto3


class ThrottleCounter:
    """Counts the answers of AWS that say «too fast», over all clients of the sessions it watches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def watch(self, session: boto3.Session) -> None:
        """Count the throttled calls of every client that this session makes from now on."""
        session.events.register("response-received.*", self._note)

    @property
    def count(self) -> int:
        """Return the number so far."""
        return self._count

    def _note(self, parsed_response: dict[str, Any] | None = None, **_of_the_event: Any) -> None:
        error = (parsed_response or {}).get("Error", {})
        if error.get("Code") in THROTTLING_CODES:
            with self._lock:
                self._count += 1
