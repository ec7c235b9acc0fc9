"""Stations of a run that goes wrong: it dies before it remembers, or another run is faster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .fakes import FakeLedgerStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from regionproof.domain.accounts import Organization
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

    def read(self) -> Organization:
        """Return who is listed now."""
        return self.world.read_organization()


class RacedStore(FakeLedgerStore):
    """A store whose first write comes after another whole run."""

    meanwhile: Callable[[], Any] | None = None

    def write(self, ledger: Ledger, replaced: Remembered, run_id: str) -> None:
        """Let the other run happen first."""
        if self.meanwhile:
            other_run, self.meanwhile = self.meanwhile, None
            other_run()
        super().write(ledger, replaced, run_id)
