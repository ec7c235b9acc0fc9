"""Collect at the edge: enter one account, run the probes, leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from regionproof.domain.facts import AccountFacts

from .credentials import acting_as
from .failures import READ_FAILURES, unread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.credentials import ReadOnlyCredentials

    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import Reading
    from regionproof.probes.declaration import Probe


class MemberAccess(Protocol):
    """A way into accounts."""

    call: str

    def credentials_for(self, account: Account) -> ReadOnlyCredentials:
        """Return credentials that act as the account."""


class AccountReader:
    """Reads accounts with clients that all workers share. ``clients`` holds one per service of the probes."""

    def __init__(self, access: MemberAccess, probes: tuple[Probe, ...], clients: Mapping[str, Any]) -> None:
        self._access = access
        self._probes = probes
        self._clients = clients

    def read(self, account: Account) -> AccountFacts:
        """Return what the probes read. A closed way in leaves every fact unread, with that one cause."""
        try:
            credentials = self._access.credentials_for(account)
        except READ_FAILURES as failure:
            closed = unread(self._access.call, failure)
            return AccountFacts({probe.fact: closed for probe in self._probes})
        with acting_as(credentials):
            return AccountFacts({probe.fact: self._reading(probe) for probe in self._probes})

    def _reading(self, probe: Probe) -> Reading:
        try:
            return probe.read(self._clients[probe.service])
        except READ_FAILURES as failure:
            return unread(probe.call, failure)
