"""A test's handle on the faults that it has injected: count the calls they hit, wait, remove them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

FAULTS = "/_regionproof/faults"
_POLL_SECONDS = 0.01


class TooFewHits(AssertionError):
    """The faults hit fewer calls than expected in time."""


class Ask(Protocol):
    """Sends a request to the emulator's own interface."""

    def __call__(self, path: str, *, method: str = "GET", content: bytes | None = None) -> bytes:
        """Send a request and return the body of the answer."""


class Injection:
    """Injected faults, removed at the end of a `with` block."""

    def __init__(self, ask: Ask, numbers: Sequence[int]) -> None:
        self._ask = ask
        self._numbers = tuple(numbers)

    def __enter__(self) -> Self:
        """Return this object. The faults are active already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the faults."""
        self.remove()

    def remove(self) -> None:
        """Remove the faults. Safe to call twice."""
        numbers = ",".join(str(number) for number in self._numbers)
        self._ask(f"{FAULTS}?number={numbers}", method="DELETE")

    def injected(self) -> int:
        """Return how many calls were hit or are being hit."""
        return sum(fault["injected"] for fault in self._mine())

    def matched(self) -> int:
        """Return how many calls matched these faults, including skipped ones."""
        return sum(fault["matched"] for fault in self._mine())

    def wait(self, calls: int = 1, seconds: float = 10.0) -> None:
        """Wait until this many calls were hit. Raise TooFewHits if that takes too long.

        A hanging call counts as soon as it hangs. With after_effect, the service has done its work by then.
        """
        deadline = time.monotonic() + seconds
        while (hit := self.injected()) < calls:
            if time.monotonic() > deadline:
                raise TooFewHits(f"The faults hit {hit} calls within {seconds} seconds, not {calls}.")
            time.sleep(_POLL_SECONDS)

    def _mine(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = json.loads(self._ask(FAULTS))["faults"]
        return [fault for fault in listed if fault["number"] in self._numbers]
