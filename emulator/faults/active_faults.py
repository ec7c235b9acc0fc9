"""The active faults, and how often each has hit a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.faults.json_format import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulator.faults.fault import Fault
    from emulator.http.request import Request


@dataclass
class ActiveFault:
    """A fault with its counts.

    Attributes:
        number: identifies the fault for removal
        fault: the fault itself
        matched: calls that matched it
        selected: matching calls that it was selected for
        injected: calls that it has hit, counted when the effect begins (with `after_effect`, after the service's work)
    """

    number: int
    fault: Fault
    matched: int = 0
    selected: int = 0
    injected: int = 0

    def selects(self, request: Request) -> bool:
        """Count a call and return whether the fault is to hit it."""
        fault = self.fault
        if not fault.matches(request.service, request.action, request.about):
            return False
        self.matched += 1
        if self.matched <= fault.skip or self.selected == fault.times:
            return False
        self.selected += 1
        return True

    def count(self) -> None:
        """Count a call that is being hit."""
        self.injected += 1

    def undo_selection(self) -> None:
        """Undo the selection of a call that could not be hit after all."""
        self.selected -= 1

    def as_json(self) -> dict[str, Any]:
        """Return the fault and its counts as JSON."""
        return {"number": self.number, **to_json(self.fault), "matched": self.matched, "injected": self.injected}


class ActiveFaults:
    """The active faults, in the order in which they were added. The first that selects a call hits it."""

    def __init__(self) -> None:
        self._active: list[ActiveFault] = []
        self._last = 0

    def add(self, faults: Iterable[Fault]) -> list[int]:
        """Activate faults and return their numbers."""
        added = []
        for fault in faults:
            self._last += 1
            self._active.append(ActiveFault(self._last, fault))
            added.append(self._last)
        return added

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove faults. Unknown numbers are ignored."""
        removed = set(numbers)
        self._active = [active for active in self._active if active.number not in removed]

    def clear(self) -> None:
        """Remove all faults."""
        self._active.clear()

    def listed(self) -> list[dict[str, Any]]:
        """Return all active faults as JSON."""
        return [active.as_json() for active in self._active]

    def due(self, request: Request) -> ActiveFault | None:
        """Return the fault that is to hit a request, if any."""
        return next((active for active in self._active if active.selects(request)), None)
