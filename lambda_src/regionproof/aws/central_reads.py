"""Central reads: what AWS answers about a member to the caller, by the id of the member.

Service control policies that deny Regions often deny ``account:ListRegions`` in the members, as AWS's own sample does:
Account Management has its endpoint in us-east-1. They do not bind a caller in the management account.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html
https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from regionproof.domain.causes import is_denial
from regionproof.domain.denials import message_for_all
from regionproof.domain.facts import OUT_OF_TIME, NotTried, ReadFailure
from regionproof.domain.setup_denials import is_of_the_setup
from regionproof.time_budget import no_time_limit

from .calls import attempt
from .limits import account_time_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import FactKind, FactResult
    from regionproof.probes.declaration import Probe

    from .limits import Limits

DENIALS_BEFORE_GIVING_UP = 3
"""A single denial may be due to the account, which may have just left the organization. Three accounts denied and none
answered are taken for a caller without the right."""


def _no_one_is_told(_refusal: ReadFailure) -> None:
    """Ignore the refusal."""


class CentralReads:
    """Reads accounts as the caller, with ``clients`` by service, which keep to the quota that all accounts share.

    ``on_refusal`` is called once if AWS refuses the caller itself, whatever the account.
    """

    def __init__(
        self,
        clients: Mapping[str, Any],
        limits: Limits,
        seconds_left: Callable[[], float] = no_time_limit,
        on_refusal: Callable[[ReadFailure], None] = _no_one_is_told,
    ) -> None:
        self._clients = clients
        self._limits = limits
        self._seconds_left = seconds_left
        self._on_refusal = on_refusal
        self._permissions: dict[FactKind, _Permission] = {}
        self._lock = threading.Lock()

    def read(self, probe: Probe, account: Account) -> FactResult:
        """Return what AWS answers the caller about an account, or why there is nothing."""
        if probe.read_centrally is None:
            raise LookupError(f"AWS answers {probe.call} to the account itself only")
        ask = partial(probe.read_centrally, self._clients[probe.service], account.id)
        with account_time_limit(self._limits.account_seconds):
            return attempt(probe.call, ask)

    def read_after_denial(self, probe: Probe, account: Account) -> FactResult:
        """Return the same, unless AWS has refused the caller itself in this run: then the refusal, without a call.

        Until AWS has answered once, one account is asked at a time. What the run had no time for is ``OUT_OF_TIME``.
        """
        permission = self._permission(probe.fact)
        if permission.is_unknown:
            with permission.turn(self._seconds_left()) as is_mine:
                if not is_mine:
                    return OUT_OF_TIME
                if permission.is_unknown:
                    return self._read_and_note(permission, probe, account)
        return permission.refusal or self._read_and_note(permission, probe, account)

    def _permission(self, fact: FactKind) -> _Permission:
        with self._lock:
            return self._permissions.setdefault(fact, _Permission())

    def _read_and_note(self, permission: _Permission, probe: Probe, account: Account) -> FactResult:
        reading = self.read(probe, account)
        if permission.note(reading, account) and permission.refusal:
            self._on_refusal(permission.refusal)
        return reading


@dataclass(slots=True)
class _Permission:
    """Whether the caller may make a central read, as far as answers have shown. For many threads.

    ``refusal`` is set if it may not: the denial, in words that are the same for every account. ``is_unknown``: no
    answer has shown anything yet.
    """

    refusal: ReadFailure | None = None
    is_unknown: bool = True
    _granted: bool = False
    _denials: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def turn(self, seconds: float) -> Iterator[bool]:
        """Wait until no other thread has its turn, but not longer than this. Yields whether it is now our turn."""
        taken = self._turn.acquire(timeout=min(max(seconds, 0), threading.TIMEOUT_MAX))
        try:
            yield taken
        finally:
            if taken:
                self._turn.release()

    def note(self, reading: FactResult, account: Account) -> bool:
        """Learn from an answer. Return whether it shows, for the first time, that the caller may not ask at all.

        A failure that is not a denial shows nothing, but no one waits for an answer any longer: if AWS throttles or is
        slow, waiting one after another would cost the whole run.
        """
        with self._lock:
            if isinstance(reading, NotTried):
                return False
            if not (isinstance(reading, ReadFailure) and is_denial(reading)):
                self.is_unknown = False
                self._granted = self._granted or not isinstance(reading, ReadFailure)
                return False
            self._denials += 1
            if self._granted or self.refusal or not self._is_of_the_caller(reading):
                return False
            self.refusal = replace(reading, message=message_for_all(reading.message, account.id))
            self.is_unknown = False
            return True

    def _is_of_the_caller(self, denial: ReadFailure) -> bool:
        return is_of_the_setup(denial) or self._denials >= DENIALS_BEFORE_GIVING_UP
