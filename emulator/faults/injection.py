"""Faults as a test holds them that has put them in force: how many calls they have hit, and how to take them back."""

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
    """The faults did not hit as many calls as were waited for."""


class Ask(Protocol):
    """Asks the emulator itself."""

    def __call__(self, path: str, *, method: str = "GET", content: bytes | None = None) -> bytes:
        """Send a request, and return the body of the answer."""


class Injection:
    """Faults in force; at the end of a `with` block they are taken back."""

    def __init__(self, ask: Ask, numbers: Sequence[int]) -> None:
        self._ask = ask
        self._numbers = tuple(numbers)

    def __enter__(self) -> Self:
        """Return this; the faults are in force already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the faults back."""
        self.remove()

    def remove(self) -> None:
        """Take the faults back; safe to call twice."""
        numbers = ",".join(str(number) for number in self._numbers)
        self._ask(f"{FAULTS}?number={numbers}", method="DELETE")

    def injected(self) -> int:
        """Return how many calls were hit, or are being hit."""
        return sum(fault["injected"] for fault in self._mine())

    def matched(self) -> int:
        """Return how many calls there were that these faults could have hit, those of `skip` among them."""
        return sum(fault["matched"] for fault in self._mine())

    def wait(self, calls: int = 1, seconds: float = 10.0) -> None:
        """Wait until so many calls were hit; raise TooFewHits.

        A call that hangs is hit as soon as it hangs: with after_effect, the service has done its work by then.
        """
        deadline = time.monotonic() + seconds
        while (hit := self.injected()) < calls:
            if time.monotonic() > deadline:
                raise TooFewHits(f"Within {seconds} seconds the faults hit {hit} calls, not {calls}.")
            time.sleep(_POLL_SECONDS)

    def _mine(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = json.loads(self._ask(FAULTS))["faults"]
        return [fault for fault in listed if fault["number"] in self._numbers]
