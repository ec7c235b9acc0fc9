"""Collect at the edge: enter one account, run the probes, leave."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from regionproof.domain.facts import OUT_OF_TIME, AccountFacts, NotTried, Unread
from regionproof.errors import OutOfTime, UnexpectedAnswer

from .calls import CallFailed, guarded, unread
from .credentials import acting_as
from .limits import account_time_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import FactKind, Reading
    from regionproof.probes.declaration import Probe

    from .limits import Limits
    from .member_access import MemberAccess, Way

    Clients = Mapping[str, Any]

T = TypeVar("T")


class AccountReader:
    """Reads accounts with clients that all workers share, one per service of the probes.

    ``clients`` act as the account that the worker handles. ``callers_clients`` act as the caller.
    """

    def __init__(
        self,
        access: MemberAccess,
        probes: tuple[Probe, ...],
        clients: Clients,
        callers_clients: Clients,
        limits: Limits,
    ) -> None:
        self._access = access
        self._probes = probes
        self._clients = clients
        self._callers_clients = callers_clients
        self._limits = limits

    def read(self, account: Account) -> AccountFacts:
        """Return what the probes read. A closed way in leaves what had to be read inside unread, with that cause.

        What the run had no time for is ``OUT_OF_TIME``: it was not attempted.
        """
        way = self._access.way_into(account)
        central = tuple(probe for probe in self._probes if way.centrally and probe.read_centrally)
        inside = tuple(probe for probe in self._probes if probe not in central)
        return AccountFacts({**self._read_inside(way, inside), **self._read_centrally(account, central)})

    def _read_inside(self, way: Way, probes: tuple[Probe, ...]) -> dict[FactKind, Reading]:
        if not probes:
            return {}
        credentials = _attempt(way.call, way.enter)
        if isinstance(credentials, Unread | NotTried):
            return dict.fromkeys((probe.fact for probe in probes), credentials)
        with acting_as(credentials), account_time_limit(self._limits.account_seconds):
            return {
                probe.fact: _attempt(probe.call, partial(probe.read, self._clients[probe.service])) for probe in probes
            }

    def _read_centrally(self, account: Account, probes: tuple[Probe, ...]) -> dict[FactKind, Reading]:
        with account_time_limit(self._limits.account_seconds):
            return {
                probe.fact: _attempt(
                    probe.call, partial(probe.read_centrally, self._callers_clients[probe.service], account.id)
                )
                for probe in probes
                if probe.read_centrally
            }


def _attempt(call: str, read: Callable[[], T]) -> T | Unread | NotTried:
    """Return what a read returns, or why there is nothing."""
    try:
        return guarded(call, read)
    except OutOfTime:
        return OUT_OF_TIME
    except (CallFailed, UnexpectedAnswer) as failure:
        return unread(failure, call)
