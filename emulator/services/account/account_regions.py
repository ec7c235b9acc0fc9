"""The Region opt statuses of the accounts, and the time that a change takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator import regions
from emulator.http.answers import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

_ENDS_AS = {"ENABLING": "ENABLED", "DISABLING": "DISABLED"}


class AccountRegions:
    """The Region opt status of every account.

    A change stays pending (ENABLING, DISABLING) for `pending_seconds`. On AWS it takes one to two minutes.
    A status that was seeded as pending stays pending.
    """

    def __init__(self, pending_seconds: float, clock: Callable[[], float]) -> None:
        self._pending_seconds = pending_seconds
        self._clock = clock
        self._statuses: dict[tuple[str, str], str] = {}
        self._ends: dict[tuple[str, str], float] = {}

    def clear(self) -> None:
        """Set every opt-in Region of every account to DISABLED."""
        self._statuses.clear()
        self._ends.clear()

    def seed(self, account_id: str, region: str, status: str) -> None:
        """Set a status that stays until the account changes it."""
        self._statuses[account_id, require_region(region)] = status

    def status(self, account_id: str, region: str) -> str:
        """Return the Region opt status. Raise Refusal if AWS has no such Region."""
        if require_region(region) in regions.ENABLED_BY_DEFAULT:
            return "ENABLED_BY_DEFAULT"
        key = (account_id, region)
        status = self._statuses.get(key, "DISABLED")
        if key in self._ends and self._clock() >= self._ends[key]:
            del self._ends[key]
            status = self._statuses[key] = _ENDS_AS[status]
        return status

    def serves_account(self, account_id: str, region: str) -> bool:
        """Return whether the Region accepts calls from the account: yes while DISABLING, not yet while ENABLING."""
        return self.status(account_id, region) in {"ENABLED_BY_DEFAULT", "ENABLED", "DISABLING"}

    def enable(self, account_id: str, region: str) -> None:
        """Start enabling an opt-in Region, unless it is enabled."""
        self._change(account_id, region, "ENABLED", "ENABLING")

    def disable(self, account_id: str, region: str) -> None:
        """Start disabling an opt-in Region, unless it is disabled."""
        self._change(account_id, region, "DISABLED", "DISABLING")

    def _change(self, account_id: str, region: str, target: str, meanwhile: str) -> None:
        status = self.status(account_id, region)
        if status == "ENABLED_BY_DEFAULT":
            raise invalid_region(region)
        if status in _ENDS_AS:
            raise Refusal(
                "ConflictException",
                f"Account {account_id} and region {region} is currently being enabled or disabled. "
                "Please wait until it finishes and then try again.",
                409,
            )
        if status != target:
            self._statuses[account_id, region] = meanwhile
            self._ends[account_id, region] = self._clock() + self._pending_seconds


def require_region(region: str) -> str:
    """Return the Region's name. Raise Refusal if AWS has no such Region."""
    if region not in regions.ALL:
        raise invalid_region(region)
    return region


def invalid_region(region: str) -> Refusal:
    """Build the refusal of a Region that is not an opt-in Region."""
    return Refusal(
        "ValidationException",
        f"{region} is not a valid region for opt-in or opt-out.",
        reason="fieldValidationFailed",
    )
