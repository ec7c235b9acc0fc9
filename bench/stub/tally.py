"""What was asked: calls by operation, their highest rate, and requests that carry another account's session."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = 5


class Tally:
    """Counts by operation. ``clock`` returns seconds that never go back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Count again."""
        self._calls: Counter[str] = Counter()
        self._throttled: Counter[str] = Counter()
        self._carried_out: Counter[str] = Counter()
        self._last_carried_out: dict[str, float] = {}
        self._mix_ups: list[str] = []
        self._last_second: defaultdict[str, deque[float]] = defaultdict(deque)
        self._most_in_a_second: Counter[str] = Counter()
        self._imported: set[str] = set()

    def note(self, operation: str) -> None:
        """Count a call."""
        now = self._clock()
        self._calls[operation] += 1
        recent = self._last_second[operation]
        recent.append(now)
        while recent[0] <= now - 1:
            recent.popleft()
        self._most_in_a_second[operation] = max(self._most_in_a_second[operation], len(recent))

    def note_throttled(self, operation: str) -> None:
        """Count a call that was refused as too fast."""
        self._throttled[operation] += 1

    def note_carried_out(self, operation: str) -> None:
        """Count a call that did what it was made for."""
        self._carried_out[operation] += 1
        self._last_carried_out[operation] = self._clock()

    def note_mix_up(self, what: str) -> None:
        """Count a request whose session is not that of the account it is about."""
        self._mix_ups.append(what)

    def note_imported(self, finding_id: str) -> None:
        """Remember a finding that Security Hub took."""
        self._imported.add(finding_id)

    def document(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        return {
            "calls": dict(sorted(self._calls.items())),
            "most_calls_in_a_second": dict(sorted(self._most_in_a_second.items())),
            "throttled": dict(sorted(self._throttled.items())),
            "carried_out": dict(sorted(self._carried_out.items())),
            "last_carried_out": dict(self._last_carried_out),
            "mix_ups": len(self._mix_ups),
            "mix_ups_sample": self._mix_ups[:SAMPLES],
            "findings_imported": len(self._imported),
        }
