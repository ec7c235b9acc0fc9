"""What of a run's news arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regionproof.domain.receipts import Destination

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regionproof.domain.changes import Change
    from regionproof.domain.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Delivery:
    """What arrived: whether people were told, and the ids of the findings that Security Hub took.

    ``omitted`` are the keys of changes that found no room in what people were told. ``uncertain``: nobody knows
    whether people were told; ``told`` is False then.
    """

    alert_sent: bool
    imported: frozenset[str] = frozenset()
    omitted: frozenset[str] = frozenset()
    uncertain: bool = False

    @classmethod
    def of(cls, receipts: Iterable[Receipt]) -> Delivery:
        """Sum up the receipts of a run. People count as told where nothing had to be told."""
        by_destination = {receipt.destination: receipt for receipt in receipts}
        alert = by_destination.get(Destination.SNS)
        imported = by_destination.get(Destination.SECURITY_HUB)
        return cls(
            alert_sent=alert is not None and not alert.undelivered,
            imported=imported.arrived if imported else frozenset(),
            omitted=alert.omitted if alert else frozenset(),
            uncertain=alert is not None and any(item.uncertain for item in alert.undelivered),
        )

    def was_alerted(self, change: Change) -> bool:
        """Tell whether people were told of a change."""
        return self.alert_sent and change.key not in self.omitted

    def may_have_been_alerted(self, change: Change) -> bool:
        """Return whether people may have learned of a change, or not."""
        return self.uncertain and change.key not in self.omitted


NOTHING_SENT_YET = Delivery(alert_sent=False, uncertain=True)
"""What a run can say of its alert before it sends it: if it dies, nobody knows how far it came."""
