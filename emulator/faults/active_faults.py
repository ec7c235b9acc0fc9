"""The faults that are in force, and how often each has hit."""

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
    """A fault in force.

    Attributes:
        number: by which it can be taken back
        fault: what it is
        matched: how many calls it could have hit
        taken: how many of these it was to hit
        injected: how many it has hit; counted when the effect begins, after the service's work if that comes first
    """

    number: int
    fault: Fault
    matched: int = 0
    taken: int = 0
    injected: int = 0

    def takes(self, request: Request) -> bool:
        """Count a call, and tell whether the fault is to hit it."""
        fault = self.fault
        if not fault.matches(request.service, request.action, request.about):
            return False
        self.matched += 1
        if self.matched <= fault.skip or self.taken == fault.times:
            return False
        self.taken += 1
        return True

    def count(self) -> None:
        """Note that a call is being hit."""
        self.injected += 1

    def undo_selection(self) -> None:
        """Note that a call could not be hit after all."""
        self.taken -= 1

    def as_json(self) -> dict[str, Any]:
        """Return what is known of it."""
        return {"number": self.number, **to_json(self.fault), "matched": self.matched, "injected": self.injected}


class ActiveFaults:
    """The faults in force, in the order in which they were added: the first that takes a call is the one to hit it."""

    def __init__(self) -> None:
        self._active: list[ActiveFault] = []
        self._last = 0

    def add(self, faults: Iterable[Fault]) -> list[int]:
        """Put faults in force, and return their numbers."""
        added = []
        for fault in faults:
            self._last += 1
            self._active.append(ActiveFault(self._last, fault))
            added.append(self._last)
        return added

    def remove(self, numbers: Iterable[int]) -> None:
        """Take faults back; those that are not in force any more are none."""
        gone = set(numbers)
        self._active = [active for active in self._active if active.number not in gone]

    def clear(self) -> None:
        """Take all back."""
        self._active.clear()

    def listed(self) -> list[dict[str, Any]]:
        """Return all that are in force."""
        return [active.as_json() for active in self._active]

    def due(self, request: Request) -> ActiveFault | None:
        """Return the fault that is to hit a request."""
        return next((active for active in self._active if active.takes(request)), None)
