"""Two runs at once: what a run does about a ledger that another run wrote in the meantime. Pure.

Before it alerts, a run starts over from the newer ledger and leaves alone what the other run saw later. After it
alerted, it merges its own ledger with the newer one, field by field, so that neither run's news are lost.
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
_BELIEVED = ("alerted_severity", "alerted_at", "possibly_alerted_severities")
_LISTED = ("name", "first_seen", "left")
_PRESENCE = ("presence_alerted", "presence_uncertain")
_REGIONS = ("uses_opt_in_region", "opt_in_read_at")


def later_observations(report: Report, begun_with: Ledger, newer: Ledger) -> SeenLater:
    """Return what another run wrote since this one began that this one must leave alone."""
    now = report.run.started_at
    return SeenLater(
        entries=frozenset(
            key
            for key, entry in newer.entries.items()
            if _is_later(entry, now) and entry != begun_with.entries.get(key)
        ),
        accounts=frozenset(_moved(report, begun_with, newer)),
        regions=frozenset(
            account_id
            for account_id, known in newer.accounts.items()
            if known.opt_in_read_at and known.opt_in_read_at > now and known != begun_with.accounts.get(account_id)
        ),
    )


def _is_later(entry: Entry, now: datetime) -> bool:
    """Return whether a finding was seen, or archived, after this time."""
    return entry.last_seen > now or (entry.sent_at is not None and entry.sent_at > now)


def _moved(report: Report, begun_with: Ledger, newer: Ledger) -> Iterator[str]:
    """Yield the accounts that the other run saw join or leave, or that only it has seen."""
    movement = (*_LISTED, *_PRESENCE)
    for account_id, known in newer.accounts.items():
        if _fields(known, movement) != _fields(begun_with.accounts.get(account_id), movement):
            yield account_id
    known_before = {*begun_with.accounts, *(account_id for account_id, _ in begun_with.entries)}
    listed = {result.account.id for result in report.accounts if result.account.is_active}
    yield from {account_id for account_id, _ in newer.entries} - known_before - listed


def merge(ancestor: Ledger, ours: Ledger, theirs: Ledger) -> Ledger:
    """Return one ledger with the news of both runs since ``ancestor``.

    Of two observations the later one stays. If both runs alerted about the same finding or account, nobody knows
    which message was read last: everything that people may believe is kept, so that the next run reports what is true.
    """
    return Ledger(
        ours.organization_id,
        _each(ancestor.accounts, ours.accounts, theirs.accounts, _account),
        _each(ancestor.entries, ours.entries, theirs.entries, _entry),
        _pick(ancestor.intent, ours.intent, theirs.intent, _second),
        _pick(ancestor.unreported_set_aside, ours.unreported_set_aside, theirs.unreported_set_aside, _second),
        _pick(ancestor.rules_off_alerted, ours.rules_off_alerted, theirs.rules_off_alerted, _both_told),
        _pick(ancestor.orphans_unchecked, ours.orphans_unchecked, theirs.orphans_unchecked, _second),
        _pick(ancestor.orphans_not_alerted, ours.orphans_not_alerted, theirs.orphans_not_alerted, max),
        _pick(ancestor.settings_alerted, ours.settings_alerted, theirs.settings_alerted, _both_told),
    )


def _both_told(mine: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*mine, *other}))


def _each(
    ancestor: Mapping[K, V],
    ours: Mapping[K, V],
    theirs: Mapping[K, V],
    conflict: Callable[[V | None, V, V], V],
) -> dict[K, V]:
    """Merge records by key. If one run dropped what the other one changed, it stays."""
    merged: dict[K, V] = {}
    for key in {**theirs, **ours}:
        was = ancestor.get(key)

        def both(mine: V | None, other: V | None, was: V | None = was) -> V | None:
            return conflict(was, mine, other) if mine is not None and other is not None else mine or other

        kept = _pick(was, ours.get(key), theirs.get(key), both)
        if kept is not None:
            merged[key] = kept
    return merged


def _pick(was: Any, mine: Any, other: Any, conflict: Callable[[Any, Any], Any]) -> Any:
    """Return the value that changed. ``conflict`` decides if both did."""
    if other in (mine, was):
        return mine
    return other if mine == was else conflict(mine, other)


def _second(_mine: Any, other: Any) -> Any:
    return other


def _fields(record: Entry | KnownAccount | None, names: tuple[str, ...]) -> tuple[Any, ...] | None:
    return tuple(getattr(record, name) for name in names) if record else None


def _picked(
    was: Any, mine: Any, other: Any, names: tuple[str, ...], conflict: Callable[[Any, Any], Any]
) -> dict[str, Any]:
    """Return fields that belong together, from the record in which they changed. ``conflict`` returns a record."""

    def both(_mine: Any, _other: Any) -> Any:
        return _fields(conflict(mine, other), names)

    chosen = _pick(_fields(was, names), _fields(mine, names), _fields(other, names), both)
    return dict(zip(names, chosen, strict=True))


def _entry(before: Entry | None, mine: Entry, other: Entry) -> Entry:
    unreported = Entry(mine.first_seen, mine.last_seen, mine.last_change, mine.compliance, mine.severity)
    was = before or unreported
    return replace(
        mine,
        **_observed(was, mine, other),
        **_picked(was, mine, other, _BELIEVED, _both_alerted),
        **_picked(was, mine, other, ("exemption_end_alerted",), _second),
        **_picked(was, mine, other, ("sent_at", "archived"), _sent_last),
    )


def _observed(was: Entry, mine: Entry, other: Entry) -> dict[str, Any]:
    """Return the later observation. One that did not change is not compared: clocks can go back."""
    unchanged = _fields(other, _OBSERVED) == _fields(was, _OBSERVED)
    later = mine if unchanged or mine.last_seen >= other.last_seen else other
    return dict(zip(_OBSERVED, _fields(later, _OBSERVED) or (), strict=True))


def _both_alerted(mine: Entry, other: Entry) -> Entry:
    alerted_at = max(filter(None, (mine.alerted_at, other.alerted_at)), default=None)
    merged = replace(mine, alerted_at=alerted_at)
    for severity in other.beliefs:
        merged = merged.possibly_alerted(severity)
    return merged


def _sent_last(mine: Entry, other: Entry) -> Entry:
    return mine if mine.sent_at and (not other.sent_at or mine.sent_at > other.sent_at) else other


def _account(before: KnownAccount | None, mine: KnownAccount, other: KnownAccount) -> KnownAccount:
    unannounced = KnownAccount(mine.name, mine.first_seen, mine.left, presence_alerted=False)
    was = before or unannounced
    return replace(
        mine,
        **_picked(was, mine, other, _LISTED, _second),
        **_picked(was, mine, other, _PRESENCE, _both_reported_presence),
        **_picked(was, mine, other, ("out_of_scope_alerted",), _second),
        **_picked(was, mine, other, _REGIONS, _read_last),
    )


def _both_reported_presence(_mine: KnownAccount, other: KnownAccount) -> KnownAccount:
    """Both differ from what was there before, and from each other: people may believe either."""
    return replace(other, presence_uncertain=True)


def _read_last(mine: KnownAccount, other: KnownAccount) -> KnownAccount:
    if mine.opt_in_read_at and other.opt_in_read_at:
        return max(mine, other, key=lambda known: known.opt_in_read_at or known.first_seen)
    return mine if mine.opt_in_read_at else other
