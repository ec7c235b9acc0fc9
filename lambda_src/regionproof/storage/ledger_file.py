"""The ledger as a file: JSON with a format number, packed with gzip.

A file of another format, or one that is no ledger, is refused with a reason, never guessed at.
10,000 accounts under three rules take about 0.6 MB.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import dacite

from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.ledger import Entry, EntryKey, Intent, KnownAccount, Ledger
from regionproof.domain.ledger_checks import why_impossible

from . import packed_json

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 3


_CONFIG = dacite.Config(
    strict=True,
    cast=[Compliance, Severity, tuple],
    type_hooks={datetime: packed_json.parse_utc, date: date.fromisoformat},
)


@dataclass(frozen=True, slots=True)
class _File:
    """The outer shape of the file."""

    format: int
    organization_id: str
    intent: Intent | None
    unreported_set_aside: str
    accounts: dict[str, Any]
    entries: list[Any]
    rules_off_alerted: list[str] = field(default_factory=list)
    orphans_unchecked: bool = False
    orphans_not_alerted: int = 0
    settings_alerted: list[str] = field(default_factory=list)


class InvalidLedger(Exception):
    """The file is no ledger of this format. ``str()`` is a short clause that says why, and may quote the file."""

    def __init__(self, reason: str) -> None:
        super().__init__(packed_json.shorten_reason(reason))


def pack(ledger: Ledger) -> bytes:
    """Spell a ledger: the same ledger always gives the same bytes."""
    document = {
        "format": FORMAT,
        "organization_id": ledger.organization_id,
        "intent": ledger.intent and _plain(ledger.intent),
        "unreported_set_aside": ledger.unreported_set_aside,
        "rules_off_alerted": ledger.rules_off_alerted,
        "orphans_unchecked": ledger.orphans_unchecked,
        "orphans_not_alerted": ledger.orphans_not_alerted,
        "settings_alerted": ledger.settings_alerted,
        "accounts": {account_id: _plain(known) for account_id, known in ledger.accounts.items()},
        "entries": [
            {"account": account, "rule": rule, **_plain(ledger.entries[account, rule])}
            for account, rule in sorted(ledger.entries)
        ],
    }
    text = json.dumps(document, separators=(",", ":"), sort_keys=True)
    return gzip.compress(text.encode(), mtime=0)


def unpack(packed: bytes, now: datetime) -> Ledger:
    """Return the ledger that a file spells. Raises ``InvalidLedger``, also if no run can have written it by now."""
    document = packed_json.unpack(packed, FORMAT, InvalidLedger)
    with packed_json.refused_if_damaged(InvalidLedger):
        ledger = _ledger(document)
    if reason := why_impossible(ledger, now):
        raise InvalidLedger(f"it can not be true: {reason}")
    return ledger


def _ledger(document: Mapping[str, Any]) -> Ledger:
    file = dacite.from_dict(_File, document, _CONFIG)
    entries = {_key(plain): dacite.from_dict(Entry, plain, _CONFIG) for plain in file.entries}
    if len(entries) < len(file.entries):
        raise ValueError("an account stands twice under one rule")
    return Ledger(
        organization_id=file.organization_id,
        intent=file.intent,
        unreported_set_aside=file.unreported_set_aside,
        rules_off_alerted=tuple(file.rules_off_alerted),
        orphans_unchecked=file.orphans_unchecked,
        orphans_not_alerted=file.orphans_not_alerted,
        settings_alerted=tuple(file.settings_alerted),
        accounts={
            account_id: dacite.from_dict(KnownAccount, plain, _CONFIG) for account_id, plain in file.accounts.items()
        },
        entries=entries,
    )


def _key(plain: dict[str, Any]) -> EntryKey:
    """Take the account and the rule out of an entry."""
    account, rule = plain.pop("account"), plain.pop("rule")
    if isinstance(account, str) and isinstance(rule, str):
        return account, rule
    raise TypeError(f"{account!r} and {rule!r} are no account and rule")


def _plain(record: Entry | KnownAccount | Intent) -> dict[str, Any]:
    """Return what stands in a record; None and what is empty are left out."""
    fields = {name: getattr(record, name) for name in record.__dataclass_fields__}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in fields.items()
        if value is not None and value != ()
    }
