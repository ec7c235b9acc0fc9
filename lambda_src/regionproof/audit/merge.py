"""Merge: handle a ledger that another run wrote in the meantime. Pure.

Before its alert, a run starts over from the newer ledger, and does not change anything that the other run saw later.
After its alert, it merges its own ledger with the newer one, field by field. No update of either run is lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from regionproof.domain.ledger import Entry, KnownAccount, Ledger
from regionproof.domain.reconciliation import SeenLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from regionproof.domain.report import Report

K = TypeVar("K")
V = TypeVar("V")

_OBSERVED = ("first_seen", "last_seen", "last_change", "compliance", "severity")
_ALERTED = ("alerted_severity", "alerted_at", "possibly_alerted_severities")
_LISTED = ("name", "first_seen", "left")
_PRESENCE = ("presence_alerted", "presence_uncertain")
_REGIONS = ("uses_opt_in_region", "opt_in_read_at")


def later_observations(report: Report, initial: Ledger, newer: Ledger) -> SeenLater:
    """Return the later observations of another run, which this run must not overwrite.

    ``initial`` is the ledger that this run began with.
    """
    now = report.run.started_at
    return SeenLater(
        entries=frozenset(
            key for key, entry in newer.entries.items() if _is_later(entry, now) and entry != initial.entries.get(key)
        ),
        accounts=frozenset(_moved_accounts(report, initial, newer)),
        regions=frozenset(
            account_id
            for account_id, known in newer.accounts.items()
            if known.opt_in_read_at and known.opt_in_read_at > now and known != initial.accounts.get(account_id)
        ),
    )


def _is_later(entry: Entry, now: datetime) -> bool:
    """Return whether a finding was observed or archived after this time."""
    return entry.last_seen > now or (entry.sent_at is not None and entry.sent_at > now)


def _moved_accounts(report: Report, initial: Ledger, newer: Ledger) -> Iterator[str]:
    """Yield the ids of accounts that the other run saw join or leave, or that only it has seen."""
    membership = (*_LISTED, *_PRESENCE)
    for account_id, known in newer.accounts.items():
        if _fields(known, membership) != _fields(initial.accounts.get(account_id), membership):
            yield account_id
    known_before = {*initial.accounts, *(account_id for account_id, _ in initial.entries)}
    listed = {result.account.id for result in report.accounts if result.account.is_active}
    yield from {account_id for account_id, _ in newer.entries} - known_before - listed


def merge(ancestor: Ledger, ours: Ledger, theirs: Ledger) -> Ledger:
    """Return one ledger with the updates of both runs since ``ancestor``.

    The later of two observations wins. If both runs alerted about the same finding or account, it is unknown which
    message was read last. The ledger then keeps both, and the next run reports the actual state.
    """
    return Ledger(
        ours.organization_id,
        _each(ancestor.accounts, ours.accounts, theirs.accounts, _merged_account),
        _each(ancestor.entries, ours.entries, theirs.entries, _merged_entry),
        _pick(ancestor.intent, ours.intent, theirs.intent, _theirs),
        _pick(ancestor.unreported_set_aside, ours.unreported_set_aside, theirs.unreported_set_aside, _theirs),
        _pick(ancestor.rules_off_alerted, ours.rules_off_alerted, theirs.rules_off_alerted, _union),
        _pick(ancestor.orphans_unchecked, ours.orphans_unchecked, theirs.orphans_unchecked, _theirs),
        _pick(ancestor.orphans_not_alerted, ours.orphans_not_alerted, theirs.orphans_not_alerted, max),
        _pick(ancestor.settings_alerted, ours.settings_alerted, theirs.settings_alerted, _union),
    )


def _each(
    ancestor: Mapping[K, V],
    ours: Mapping[K, V],
    theirs: Mapping[K, V],
    conflict: Callable[[V | None, V, V], V],
) -> dict[K, V]:
    """Merge records by key. Keep a record that one run removed and the other one changed."""
    merged: dict[K, V] = {}
    for key in {**theirs, **ours}:
        base = ancestor.get(key)

        def both_changed(our: V | None, their: V | None, base: V | None = base) -> V | None:
            return conflict(base, our, their) if our is not None and their is not None else our or their

        record = _pick(base, ours.get(key), theirs.get(key), both_changed)
        if record is not None:
            merged[key] = record
    return merged


def _pick(base: Any, ours: Any, theirs: Any, conflict: Callable[[Any, Any], Any]) -> Any:
    """Return the value that changed. If both changed, ``conflict`` decides."""
    if theirs in (ours, base):
        return ours
    return theirs if ours == base else conflict(ours, theirs)


def _pick_fields(
    base: Any, ours: Any, theirs: Any, names: tuple[str, ...], conflict: Callable[[Any, Any], Any]
) -> dict[str, Any]:
    """Return fields that belong together, from the record in which they changed.

    If they changed in both, ``conflict`` returns the record to take them from.
    """

    def both_changed(_ours: Any, _theirs: Any) -> Any:
        return _fields(conflict(ours, theirs), names)

    values = _pick(_fields(base, names), _fields(ours, names), _fields(theirs, names), both_changed)
    return dict(zip(names, values, strict=True))


def _fields(record: Entry | KnownAccount | None, names: tuple[str, ...]) -> tuple[Any, ...] | None:
    return tuple(getattr(record, name) for name in names) if record else None


def _theirs(_ours: Any, theirs: Any) -> Any:
    return theirs


def _union(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*ours, *theirs}))


def _merged_entry(before: Entry | None, ours: Entry, theirs: Entry) -> Entry:
    unreported = Entry(ours.first_seen, ours.last_seen, ours.last_change, ours.compliance, ours.severity)
    base = before or unreported
    return replace(
        ours,
        **_later_observation(base, ours, theirs),
        **_pick_fields(base, ours, theirs, _ALERTED, _both_alerted),
        **_pick_fields(base, ours, theirs, ("exemption_end_alerted",), _theirs),
        **_pick_fields(base, ours, theirs, ("sent_at", "archived"), _sent_last),
    )


def _later_observation(base: Entry, ours: Entry, theirs: Entry) -> dict[str, Any]:
    """Return the later observation. Skip theirs if it did not change, because clocks can go back."""
    unchanged = _fields(theirs, _OBSERVED) == _fields(base, _OBSERVED)
    later = ours if unchanged or ours.last_seen >= theirs.last_seen else theirs
    return dict(zip(_OBSERVED, _fields(later, _OBSERVED) or (), strict=True))


def _both_alerted(ours: Entry, theirs: Entry) -> Entry:
    alerted_at = max(filter(None, (ours.alerted_at, theirs.alerted_at)), default=None)
    merged = replace(ours, alerted_at=alerted_at)
    for severity in theirs.beliefs:
        merged = merged.possibly_alerted(severity)
    return merged


def _sent_last(ours: Entry, theirs: Entry) -> Entry:
    return ours if ours.sent_at and (not theirs.sent_at or ours.sent_at > theirs.sent_at) else theirs


def _merged_account(before: KnownAccount | None, ours: KnownAccount, theirs: KnownAccount) -> KnownAccount:
    unannounced = KnownAccount(ours.name, ours.first_seen, ours.left, presence_alerted=False)
    base = before or unannounced
    return replace(
        ours,
        **_pick_fields(base, ours, theirs, _LISTED, _theirs),
        **_pick_fields(base, ours, theirs, _PRESENCE, _both_reported_presence),
        **_pick_fields(base, ours, theirs, ("out_of_scope_alerted",), _theirs),
        **_pick_fields(base, ours, theirs, _REGIONS, _read_last),
    )


def _both_reported_presence(_ours: KnownAccount, theirs: KnownAccount) -> KnownAccount:
    """Mark the presence as uncertain: the two runs reported opposite states."""
    return replace(theirs, presence_uncertain=True)


def _read_last(ours: KnownAccount, theirs: KnownAccount) -> KnownAccount:
    if ours.opt_in_read_at and theirs.opt_in_read_at:
        return max(ours, theirs, key=lambda known: known.opt_in_read_at or known.first_seen)
    return ours if ours.opt_in_read_at else theirs
