"""Collect at the edge: enter one account, run the probes, leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regionproof.domain.facts import AccountFacts

from .credentials import acting_as
from .failures import READ_FAILURES, unread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import Fact, FactKind, Reading
    from regionproof.probes.declaration import Probe

    from .member_access import MemberAccess, Way

    Clients = Mapping[str, Any]


class AccountReader:
    """Reads accounts with clients that all workers share, one per service of the probes.

    ``clients`` act as the account that the worker handles. ``callers_clients`` act as the caller.
    """

    def __init__(
        self, access: MemberAccess, probes: tuple[Probe, ...], clients: Clients, callers_clients: Clients
    ) -> None:
        self._access = access
        self._probes = probes
        self._clients = clients
        self._callers_clients = callers_clients

    def read(self, account: Account) -> AccountFacts:
        """Return what the probes read. A closed way in leaves what had to be read inside unread, with that cause."""
        way = self._access.way_into(account)
        central = tuple(probe for probe in self._probes if way.centrally and probe.read_centrally)
        inside = tuple(probe for probe in self._probes if probe not in central)
        return AccountFacts({**self._read_inside(way, inside), **self._read_centrally(account, central)})

    def _read_inside(self, way: Way, probes: tuple[Probe, ...]) -> dict[FactKind, Reading]:
        if not probes:
            return {}
        try:
            credentials = way.enter()
        except READ_FAILURES as failure:
            return {probe.fact: unread(way.call, failure) for probe in probes}
        with acting_as(credentials):
            return {probe.fact: _reading(probe.call, probe.read, self._clients[probe.service]) for probe in probes}

    def _read_centrally(self, account: Account, probes: tuple[Probe, ...]) -> dict[FactKind, Reading]:
        return {
            probe.fact: _reading(probe.call, probe.read_centrally, self._callers_clients[probe.service], account.id)
            for probe in probes
            if probe.read_centrally
        }


def _reading(call: str, read: Callable[..., Fact], *arguments: Any) -> Reading:
    try:
        return read(*arguments)
    except READ_FAILURES as failure:
        return unread(call, failure)
