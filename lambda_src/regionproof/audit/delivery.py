"""Which changes and findings of a run arrived at their destinations."""

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
    """Whether the alert was sent, and the ids of the findings that Security Hub accepted.

    ``omitted`` are the keys of changes that did not fit into the alert. ``uncertain`` means that the outcome of the
    alert is unknown; ``alert_sent`` is False then.
    """

    alert_sent: bool
    imported: frozenset[str] = frozenset()
    omitted: frozenset[str] = frozenset()
    uncertain: bool = False

    @classmethod
    def of(cls, receipts: Iterable[Receipt]) -> Delivery:
        """Summarize the receipts of a run. An alert without any change to report counts as sent."""
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
        """Return whether an alert reported a change."""
        return self.alert_sent and change.key not in self.omitted

    def may_have_been_alerted(self, change: Change) -> bool:
        """Return whether it is unknown if an alert reported a change."""
        return self.uncertain and change.key not in self.omitted


NOTHING_SENT_YET = Delivery(alert_sent=False, uncertain=True)
"""The state before an alert is sent. If the run dies now, the outcome stays unknown."""
