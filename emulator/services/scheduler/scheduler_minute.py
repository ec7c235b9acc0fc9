"""EventBridge Scheduler: shorten its minutes, to save waiting for the next full one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.patching import PrivateName

if TYPE_CHECKING:
    from collections.abc import Callable

REAL_SECONDS = 60.0
_TICK_SECONDS = 1


def install(seconds: float) -> None:
    """Scale the intervals of rate() expressions to minutes of this many seconds."""
    if seconds == REAL_SECONDS:
        return
    parse: Callable[[str], int | None] = PrivateName.PARSE_RATE.get()

    def scaled(expression: str) -> float | None:
        interval = parse(expression)
        return None if interval is None else interval * seconds / REAL_SECONDS

    PrivateName.PARSE_RATE.replace(scaled)
    PrivateName.SCHEDULER_TICK_SECONDS.replace(_TICK_SECONDS)
