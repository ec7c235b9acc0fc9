"""Parts of a run that is interrupted: it dies between intent and outcome, or another run overtakes it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from regionproof.domain.changes import ChangeKind
from regionproof.domain.receipts import Destination, Receipt

from .alert_reader import entry_of
from .fakes import FakeLedgerStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.ledger import Ledger
    from regionproof.domain.ports import LedgerSnapshot
    from regionproof.domain.reconciliation import Reconciliation

    from .changing_organization import ChangingWorld


class Crashed(Exception):
    """The process died."""


class CrashingPublisher:
    """Ends the run after its intent and before its outcome."""

    def publish(self, reconciliation: Reconciliation) -> Receipt:
        """Raise ``Crashed``."""
        raise Crashed(reconciliation.report.run.id)


@dataclass
class Listing:
    """The organization source of the world."""

    world: ChangingWorld

    def describe(self) -> Organization:
        """Return the organization."""
        return replace(self.world.read_organization(), accounts=())

    def accounts(self, _organization: Organization, _seen: Callable[[Account], None]) -> Iterator[Account]:
        """Yield the current accounts."""
        yield from self.world.read_organization().accounts

    def unit_ids(self) -> frozenset[str]:
        """Return the units of the accounts."""
        return frozenset(unit.id for one in self.world.read_organization().accounts for unit in one.parents)


@dataclass
class Intents:
    """Runs before the other publishers, and records the places of all changes and the exemptions that end."""

    places: set[str] = field(default_factory=set)
    endings: set[tuple[str, str]] = field(default_factory=set)

    def publish(self, reconciliation: Reconciliation) -> Receipt:
        """Record the changes."""
        self.endings = {
            (change.account_id, change.finding.rule)
            for change in reconciliation.changes
            if change.finding and change.kind is ChangeKind.EXEMPTION_ENDING
        }
        self.places = {
            f"{change.account_id}/{change.finding.rule}" if change.finding else change.account_id
            for change in reconciliation.changes
            if not change.setting
        } | {entry_of(change.setting.path, change.setting.named) for change in reconciliation.changes if change.setting}
        return Receipt(Destination.SECURITY_HUB)


class RacedStore(FakeLedgerStore):
    """A store that lets another whole run happen just before it writes an intent or an outcome."""

    meanwhile: Callable[[], Any] | None = None
    before_the_outcome: bool = False
    raced: bool = False
    overtaken: bool = False
    """Whether the other run came after the alert, or this run had no changes to report."""

    def write(self, ledger: Ledger, replaced: LedgerSnapshot, run_id: str) -> str:
        """Let the other run happen, then write."""
        if self.meanwhile and not (self.before_the_outcome and ledger.intent):
            other_run, self.meanwhile = self.meanwhile, None
            self.raced, self.overtaken = True, ledger.intent is None
            other_run()
        return super().write(ledger, replaced, run_id)
