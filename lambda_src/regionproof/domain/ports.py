"""The interfaces between a run and the outside world. The adapters and the fakes of the tests implement them."""

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
    """Returns the current time, aware, in UTC."""

    RemainingTime = Callable[[], float]
    """Returns the seconds that are left for the run."""


class OrganizationSource(Protocol):
    """Lists the organization."""

    def describe(self) -> Organization:
        """Return the organization without its accounts."""

    def accounts(self, organization: Organization, seen: Callable[[Account], None]) -> Iterator[Account]:
        """Yield every account once, as soon as its place in the tree is known. Raises if the listing is incomplete.

        Call ``seen`` for each account before that, as soon as it is listed: with the ids of its parents, but without
        their names, or without parents if its place is not known yet.
        """

    def unit_ids(self) -> frozenset[str] | None:
        """Return the ids of all roots and units; None if the tree was not walked.

        Call this after ``accounts`` has yielded all accounts.
        """


class FactReader(Protocol):
    """Reads one account."""

    def read(self, account: Account) -> AccountFacts:
        """Return the facts of an active account, and the reason for each fact that could not be read."""


class Publisher(Protocol):
    """Publishes to one destination."""

    def publish(self, reconciliation: Reconciliation) -> Receipt:
        """Send findings or changes, and return a receipt. Does not raise for errors that AWS returns."""


class FindingsNotListed(Exception):
    """Security Hub did not list its findings. ``str()`` is a clause with the reason."""


class FindingIndex(Protocol):
    """Lists the findings of earlier runs in Security Hub."""

    def active_findings(
        self, organization_id: str, updated_before: datetime | None
    ) -> Iterable[tuple[EntryKey, Entry]]:
        """Yield every active finding of this audit, as a ledger entry.

        With ``updated_before``, yield only findings that were last imported before then. Raises ``FindingsNotListed``,
        possibly after it has yielded some.
        """


class LedgerConflict(Exception):
    """Another run wrote the ledger since it was read."""


@dataclass(frozen=True, slots=True)
class LedgerSnapshot:
    """A ledger as it was read. ``version`` identifies it in the store; None if the store was empty.

    If the stored file is not a usable ledger, ``unusable`` is the reason as a clause, and ``content`` is the file.
    """

    ledger: Ledger
    version: str | None = None
    unusable: str = ""
    content: bytes = b""


class LedgerStore(Protocol):
    """Stores the ledger between runs."""

    def read(self, organization_id: str) -> LedgerSnapshot:
        """Return the ledger of an organization."""

    def write(self, ledger: Ledger, replaced: LedgerSnapshot, run_id: str) -> str:
        """Replace the ledger that was read, and return the new version.

        Raises ``LedgerConflict`` if another run has written the ledger since.
        """
