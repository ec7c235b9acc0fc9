"""Collect at the edge: enter one account, run the probes, leave."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from regionproof.domain.causes import is_denial
from regionproof.domain.facts import AccountFacts, NotTried, ReadFailure

from .calls import attempt
from .credentials import acting_as
from .limits import account_time_limit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import FactKind, FactResult
    from regionproof.probes.declaration import Probe

    from .central_reads import CentralReads
    from .limits import Limits
    from .member_access import AccountAccess, MemberAccess

    Clients = Mapping[str, Any]


class AccountReader:
    """Reads accounts with clients that all workers share, one per service of the probes.

    ``clients`` act as the account that the worker handles. ``central`` reads as the caller.
    """

    def __init__(
        self,
        access: MemberAccess,
        probes: tuple[Probe, ...],
        clients: Clients,
        central: CentralReads,
        limits: Limits,
    ) -> None:
        self._access = access
        self._probes = probes
        self._clients = clients
        self._central = central
        self._limits = limits

    def read(self, account: Account) -> AccountFacts:
        """Return what the probes read. A closed way in leaves what had to be read inside unread, with that cause.

        What the run had no time for is ``OUT_OF_TIME``: it was not attempted.
        """
        way = self._access.access_to(account)
        central = tuple(probe for probe in self._probes if way.centrally and probe.read_centrally)
        inside = tuple(probe for probe in self._probes if probe not in central)
        readings = self._read_inside(way, inside)
        denied = {probe: denial for probe in inside if way.centrally_if_denied and (denial := _denial(probe, readings))}
        return AccountFacts(
            {
                **readings,
                **{probe.fact: self._central.read(probe, account) for probe in central},
                **{probe.fact: self._central.read_after_denial(probe, account) for probe in denied},
            },
            {probe.fact: denial for probe, denial in denied.items()},
        )

    def _read_inside(self, way: AccountAccess, probes: tuple[Probe, ...]) -> dict[FactKind, FactResult]:
        if not probes:
            return {}
        credentials = attempt(way.call, way.enter)
        if isinstance(credentials, ReadFailure | NotTried):
            return dict.fromkeys((probe.fact for probe in probes), credentials)
        with acting_as(credentials), account_time_limit(self._limits.account_seconds):
            return {
                probe.fact: attempt(probe.call, partial(probe.read, self._clients[probe.service])) for probe in probes
            }


def _denial(probe: Probe, readings: Mapping[FactKind, FactResult]) -> ReadFailure | None:
    """Return the denial of a read that AWS also answers centrally. Being refused a session is not such a denial."""
    reading = readings[probe.fact]
    if probe.read_centrally and isinstance(reading, ReadFailure) and reading.call == probe.call and is_denial(reading):
        return reading
    return None
