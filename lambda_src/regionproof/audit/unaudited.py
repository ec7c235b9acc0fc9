"""Unaudited: which departed accounts, rules and orphans alerts have reported, after a run. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from regionproof.domain.changes import ChangeKind

from .orphans import search_is_due

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regionproof.domain.ledger import Entry, EntryKey
    from regionproof.domain.reconciliation import Reconciliation

    from .delivery import Delivery

_OF_AN_ACCOUNT = frozenset({ChangeKind.JOINED, ChangeKind.OUT_OF_SCOPE})
"""Changes that say of an account out of scope that it is."""


@dataclass(frozen=True, slots=True)
class Unaudited:
    """Accounts out of scope and rules that are off, if an alert has reported them.

    ``possibly`` are ids of accounts and rules that an alert of unknown outcome may have reported. The fields about
    orphans become those of the ledger.
    """

    accounts: frozenset[str]
    rules: frozenset[str]
    possibly: frozenset[str]
    orphans_unchecked: bool
    orphans_not_alerted: int

    @classmethod
    def of(cls, reconciliation: Reconciliation, delivery: Delivery) -> Unaudited:
        """Combine the ledger from before a run with the changes that it reported."""
        report, before = reconciliation.report, reconciliation.ledger
        out_of_scope = {result.account.id for result in report.accounts if not result.in_scope}
        changes = [
            change
            for change in reconciliation.changes
            if change.kind is ChangeKind.RULE_OFF
            or (change.kind in _OF_AN_ACCOUNT and change.account_id in out_of_scope)
        ]
        return cls(
            accounts=frozenset(_alerted_accounts(reconciliation, delivery)) & out_of_scope,
            rules=frozenset(_alerted_rules(reconciliation, delivery)).difference(report.rules),
            possibly=frozenset(
                change.account_id or change.rule for change in changes if delivery.may_have_been_alerted(change)
            ),
            orphans_unchecked=before.orphans_unchecked
            if report.run.is_partial
            else reconciliation.orphans is None and search_is_due(report, before),
            orphans_not_alerted=_orphans_not_alerted(reconciliation, delivery),
        )

    def reset(self, key: EntryKey, entry: Entry) -> Entry:
        """Reset the alert state of an entry after an alert reported that its account or rule is not audited.

        If the account returns, or the rule is switched on, its open findings are then reported again.
        """
        account_id, rule = key
        if account_id in self.accounts or rule in self.rules:
            return replace(entry.alerted(None), alerted_at=None)
        return entry if self.possibly.isdisjoint(key) else entry.possibly_alerted(None)


def _alerted_accounts(reconciliation: Reconciliation, delivery: Delivery) -> Iterator[str]:
    yield from (
        account_id for account_id, known in reconciliation.ledger.accounts.items() if known.out_of_scope_alerted
    )
    yield from (account_id for account_id, _ in reconciliation.orphans or ())
    changes = (change for change in reconciliation.changes if change.kind in _OF_AN_ACCOUNT)
    yield from (change.account_id for change in changes if delivery.was_alerted(change))


def _alerted_rules(reconciliation: Reconciliation, delivery: Delivery) -> Iterator[str]:
    yield from reconciliation.ledger.rules_off_alerted
    yield from (rule for _, rule in reconciliation.orphans or ())
    changes = (change for change in reconciliation.changes if change.kind is ChangeKind.RULE_OFF)
    yield from (change.rule for change in changes if delivery.was_alerted(change))


def _orphans_not_alerted(reconciliation: Reconciliation, delivery: Delivery) -> int:
    """Return the number of orphans that no alert has reported. An alert reports all of them in one change."""
    changes = (change for change in reconciliation.changes if change.kind is ChangeKind.ORPHANED)
    if any(delivery.was_alerted(change) for change in changes):
        return 0
    return reconciliation.ledger.orphans_not_alerted + len(reconciliation.orphans or ())
