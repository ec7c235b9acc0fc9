"""What people know of accounts and rules that are no longer audited, and of orphans, after a run. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .domain.changes import ChangeKind
from .orphans import must_be_looked_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .delivery import Delivery
    from .domain.ledger import Entry, EntryKey
    from .domain.reconciled import Reconciled

_OF_AN_ACCOUNT = frozenset({ChangeKind.JOINED, ChangeKind.OUT_OF_SCOPE})
"""Changes that say of an account out of scope that it is."""


@dataclass(frozen=True, slots=True)
class Unaudited:
    """Accounts out of scope and rules that are off, as far as people know it.

    ``possibly`` are accounts and rules of which an alert of unknown outcome may have reported it. The other two
    fields are those of the ledger.
    """

    accounts: frozenset[str]
    rules: frozenset[str]
    possibly: frozenset[str]
    orphans_unchecked: bool
    orphans_untold: int

    @classmethod
    def of(cls, reconciled: Reconciled, delivery: Delivery) -> Unaudited:
        """Sum up what people knew before a run and what it reported. Orphans are announced all at once."""
        report, before = reconciled.report, reconciled.ledger
        left_out = {result.account.id for result in report.accounts if not result.in_scope}
        changes = [
            change
            for change in reconciled.changes
            if change.kind is ChangeKind.RULE_OFF or (change.kind in _OF_AN_ACCOUNT and change.account_id in left_out)
        ]
        return cls(
            accounts=frozenset(_accounts(reconciled, delivery)) & left_out,
            rules=frozenset(_rules(reconciled, delivery)).difference(report.rules),
            possibly=frozenset(
                change.account_id or change.rule for change in changes if delivery.may_have_told(change)
            ),
            orphans_unchecked=before.orphans_unchecked
            if report.run.is_partial
            else reconciled.orphans is None and must_be_looked_for(report, before),
            orphans_untold=_orphans_untold(reconciled, delivery),
        )

    def reset(self, key: EntryKey, entry: Entry) -> Entry:
        """Return an entry of which nothing is open to people, once they know that nobody looks at it any more.

        If the account returns, or the rule is switched on again, all of it is reported again.
        """
        account_id, rule = key
        if account_id in self.accounts or rule in self.rules:
            return replace(entry.alerted(None), told_at=None)
        return entry if self.possibly.isdisjoint(key) else entry.possibly_alerted(None)


def _accounts(reconciled: Reconciled, delivery: Delivery) -> Iterator[str]:
    yield from (account_id for account_id, known in reconciled.ledger.accounts.items() if known.told_out_of_scope)
    yield from (account_id for account_id, _ in reconciled.orphans or ())
    changes = (change for change in reconciled.changes if change.kind in _OF_AN_ACCOUNT)
    yield from (change.account_id for change in changes if delivery.has_told(change))


def _rules(reconciled: Reconciled, delivery: Delivery) -> Iterator[str]:
    yield from reconciled.ledger.rules_told_off
    yield from (rule for _, rule in reconciled.orphans or ())
    changes = (change for change in reconciled.changes if change.kind is ChangeKind.RULE_OFF)
    yield from (change.rule for change in changes if delivery.has_told(change))


def _orphans_untold(reconciled: Reconciled, delivery: Delivery) -> int:
    changes = (change for change in reconciled.changes if change.kind is ChangeKind.ORPHANED)
    if any(delivery.has_told(change) for change in changes):
        return 0
    return reconciled.ledger.orphans_untold + len(reconciled.orphans or ())
