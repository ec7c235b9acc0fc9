"""What a run needs of the world outside. Adapters and the tests' fakes implement these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from .accounts import Account, Organization
    from .facts import AccountFacts
    from .ledger import Entry, EntryKey, Ledger
    from .receipts import Receipt
    from .reconciliation import Reconciliation

    Clock = Callable[[], datetime]
    """Returns the time now, aware, in UTC."""

    RemainingTime = Callable[[], float]
    """Returns the seconds that the run may still take."""


class OrganizationSource(Protocol):
    """Lists the organization."""

    def describe(self) -> Organization:
        """Return the organization without any account."""

    def accounts(self, organization: Organization, seen: Callable[[Account], None]) -> Iterator[Account]:
        """Yield every account once, as soon as its place in the tree is known. Raises if the listing breaks off.

        ``seen`` gets each account before that, as soon as it is listed: with the ids of its parents, but without
        their names, or without parents if its place is not known yet.
        """

    def unit_ids(self) -> frozenset[str] | None:
        """Return the ids of all roots and units, once all accounts were listed; None if the tree was not walked."""


class FactReader(Protocol):
    """Reads one account."""

    def read(self, account: Account) -> AccountFacts:
        """Return what could be read of an open account, and why the rest could not be."""


class Publisher(Protocol):
    """Brings a report to one destination."""

    def publish(self, reconciliation: Reconciliation) -> Receipt:
        """Send what this destination wants, and say what arrived. Does not raise for AWS's refusal."""


class FindingsNotListed(Exception):
    """It is not known what Security Hub shows. ``str()`` is a clause that says why."""


class FindingIndex(Protocol):
    """Lists what earlier runs left in Security Hub."""

    def active_findings(
        self, organization_id: str, updated_before: datetime | None
    ) -> Iterable[tuple[EntryKey, Entry]]:
        """Yield every active finding of this audit, as the ledger would remember it.

        ``updated_before`` None: whenever it was imported. Raises ``FindingsNotListed``, also after some were yielded.
        """


class LedgerConflict(Exception):
    """Another run wrote the ledger since it was read."""


@dataclass(frozen=True, slots=True)
class LedgerSnapshot:
    """A ledger as it was read. ``version`` is the store's, None where there was nothing.

    ``unusable`` is a clause that says why what was there is no ledger, and ``content`` is what was there.
    """

    ledger: Ledger
    version: str | None = None
    unusable: str = ""
    content: bytes = b""


class LedgerStore(Protocol):
    """Keeps the ledger between runs."""

    def read(self, organization_id: str) -> LedgerSnapshot:
        """Return what is remembered of an organization."""

    def write(self, ledger: Ledger, replaced: LedgerSnapshot, run_id: str) -> str:
        """Replace what was read and return the new version. Raises ``LedgerConflict`` if another run was faster."""
