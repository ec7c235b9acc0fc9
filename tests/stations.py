"""Stations of a run that goes wrong: it dies before it remembers, or another run is faster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .fakes import FakeLedgerStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.ledger import Ledger
    from regionproof.domain.ports import Remembered
    from regionproof.domain.receipts import Receipt
    from regionproof.domain.reconciled import Reconciled

    from .changing_world import ChangingWorld


class Crashed(Exception):  # noqa: N818  # says what happened
    """The process died here."""


class Death:
    """Stands where a run dies: after the publishers, before the ledger."""

    def publish(self, reconciled: Reconciled) -> Receipt:
        """Die."""
        raise Crashed(reconciled.report.run.id)


@dataclass
class Listing:
    """The listing of the world's organization."""

    world: ChangingWorld

    def describe(self) -> Organization:
        """Return the organization."""
        return replace(self.world.read_organization(), accounts=())

    def accounts(self, _organization: Organization) -> Iterator[Account]:
        """Yield who is listed now."""
        yield from self.world.read_organization().accounts


class RacedStore(FakeLedgerStore):
    """A store whose first write comes after another whole run."""

    meanwhile: Callable[[], Any] | None = None

    def write(self, ledger: Ledger, replaced: Remembered, run_id: str) -> None:
        """Let the other run happen first."""
        if self.meanwhile:
            other_run, self.meanwhile = self.meanwhile, None
            other_run()
        super().write(ledger, replaced, run_id)
