"""What the emulated AWS was asked: one entry for each request, readable at GET /_regionproof/calls."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request and how it ended; caller is None where its credentials named nobody."""

    number: int
    caller: str | None
    account: str
    region: str
    service: str
    action: str | None
    status: int
    error_code: str | None


class CallLog:
    """The calls since the start or the last reset, in the order in which they ended."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def append(self, **members: Any) -> None:
        """Add a call; its number is given here, from 1 on."""
        self._calls.append(Call(number=len(self._calls) + 1, **members))

    def since(self, number: int) -> list[dict[str, Any]]:
        """Return the calls after the one of this number."""
        return [asdict(call) for call in self._calls[number:]]

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()
