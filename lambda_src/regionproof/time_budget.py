"""How a run divides its time among its phases."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .domain.ports import RemainingTime

SECONDS_FOR_LEDGER = 45
SECONDS_FOR_ALERT = 45
SECONDS_FOR_IMPORTS = 90
SECONDS_TO_PUBLISH_ONE_ACCOUNT = 0.03
"""Kept after the reads: for the last write of the ledger, the alert, and the imports into Security Hub.

Each is more than one call with its retries takes; imports need more with each account.
"""

PART_KEPT_FOR_IMPORTS = 0.5

LARGEST_RESERVE = 0.6
"""What part of a run's time the later phases may keep for themselves: a short run reads accounts, too."""

SECONDS_TO_RETURN = 2
PART_TO_RETURN = 0.1
"""Kept at the end of the run, to log its summary and return: so many seconds, or this part of a short run."""


def no_time_limit() -> float:
    """Return the time that a run without a deadline may take."""
    return float("inf")


@dataclass(slots=True)
class TimeBudget:
    """The time of one run. ``remaining`` returns the seconds that the run may still take.

    ``accounts`` is the number of accounts known so far: each needs time to be published. ``remaining`` may not grow:
    the budget caps it at its first value, less the time that has passed.
    """

    remaining: RemainingTime = no_time_limit
    clock: Callable[[], float] = time.monotonic
    accounts: int = 0
    _total: float = field(init=False)
    _ends_at: float = field(init=False)

    def __post_init__(self) -> None:
        """Start the time."""
        self._total = self.remaining()
        self._ends_at = self.clock() + self._total

    def for_run(self) -> float:
        """Return the seconds left until the run must return."""
        left = min(self.remaining(), self._ends_at - self.clock())
        return left - min(SECONDS_TO_RETURN, PART_TO_RETURN * self._total)

    def for_alert(self) -> float:
        """Return the seconds left for the alert."""
        return self.for_run() - self._kept(SECONDS_FOR_LEDGER)

    def for_imports(self) -> float:
        """Return the seconds left for Security Hub."""
        return self.for_run() - self._kept(SECONDS_FOR_LEDGER + SECONDS_FOR_ALERT)

    def for_old_findings(self) -> float:
        """Return the seconds left to list what Security Hub shows already. Half of the time for imports is kept."""
        kept = PART_KEPT_FOR_IMPORTS * self._for_imports_in_all()
        return self.for_run() - self._kept(SECONDS_FOR_LEDGER + SECONDS_FOR_ALERT + kept)

    def for_reading(self) -> float:
        """Return the seconds left for the organization and its accounts."""
        return self.for_run() - self._kept(SECONDS_FOR_LEDGER + SECONDS_FOR_ALERT + self._for_imports_in_all())

    def _kept(self, seconds: float) -> float:
        """Return the seconds reserved for later phases: fewer in a short run."""
        allowed = LARGEST_RESERVE * self._total
        wanted = SECONDS_FOR_LEDGER + SECONDS_FOR_ALERT + self._for_imports_in_all()
        return seconds if wanted <= allowed else seconds * allowed / wanted

    def _for_imports_in_all(self) -> float:
        return SECONDS_FOR_IMPORTS + SECONDS_TO_PUBLISH_ONE_ACCOUNT * self.accounts
