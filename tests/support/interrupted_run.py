"""Stations of a run that goes wrong: it dies between its intent and its outcome, or another run is faster."""

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
    """The process died here."""


class Death:
    """Stands where a run dies: after its intent, before the outcome."""

    def publish(self, reconciliation: Reconciliation) -> Receipt:
        """Die."""
        raise Crashed(reconciliation.report.run.id)


@dataclass
class Listing:
    """The listing of the world's organization."""

    world: ChangingWorld

    def describe(self) -> Organization:
        """Return the organization."""
        return replace(self.world.read_organization(), accounts=())

    def accounts(self, _organization: Organization, _seen: Callable[[Account], None]) -> Iterator[Account]:
        """Yield who is listed now."""
        yield from self.world.read_organization().accounts

    def unit_ids(self) -> frozenset[str]:
        """Return the units of the accounts."""
        return frozenset(unit.id for one in self.world.read_organization().accounts for unit in one.parents)


@dataclass
class Intended:
    """Stands before the other publishers, and keeps what the alert of a run is about, and whose exemptions end."""

    places: set[str] = field(default_factory=set)
    endings: set[tuple[str, str]] = field(default_factory=set)

    def publish(self, reconciliation: Reconciliation) -> Receipt:
        """Keep it."""
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
    """A store one of whose writes comes after another whole run: that of an intent, or that of an outcome."""

    meanwhile: Callable[[], Any] | None = None
    before_the_outcome: bool = False
    raced: bool = False
    overtaken: bool = False
    """Whether the other run came after the alert, or after this run had found nothing to report."""

    def write(self, ledger: Ledger, replaced: LedgerSnapshot, run_id: str) -> str:
        """Let the other run happen first."""
        if self.meanwhile and not (self.before_the_outcome and ledger.intent):
            other_run, self.meanwhile = self.meanwhile, None
            self.raced, self.overtaken = True, ledger.intent is None
            other_run()
        return super().write(ledger, replaced, run_id)
