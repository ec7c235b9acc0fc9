"""What a batch read, as a file. Pure.

Most accounts of an organization read alike. So each reading stands in the file once, and an account points at its
own: 50,000 accounts are read back in seconds and share their records, as after a run in one call.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import dacite

from regionproof.domain.facts import AccountFacts, FactKind, FactResult, NotTried, OptStatus, ReadFailure
from regionproof.probes import all_probes
from regionproof.storage.packed_json import parse_utc, refused_if_damaged

from . import run_file_format
from .run_file_format import InvalidRunFile

_CONFIG = dacite.Config(
    strict=True, cast=[OptStatus], type_hooks={datetime: parse_utc}, forward_references={"Mapping": Mapping}
)


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What was read of each account of a batch, by account id, and how many calls AWS throttled meanwhile.

    ``planned_at`` is that of the batch: facts that were read for another plan are no facts of this one.
    """

    planned_at: datetime
    facts: Mapping[str, AccountFacts]
    throttled_calls: int = 0


@dataclass(frozen=True, slots=True)
class _File:
    """The outer shape of the file: each reading once, and for each account the place of its own, by kind.

    ``denied`` has the same of the denials after which an account was asked about centrally.
    """

    planned_at: datetime
    throttled_calls: int
    results: list[dict[str, Any]]
    accounts: dict[str, dict[str, int]]
    denied: dict[str, dict[str, int]] = field(default_factory=dict)


def pack(batch: BatchFacts) -> bytes:
    """Spell what a batch read."""
    places: dict[str, int] = {}

    def placed(results: Mapping[FactKind, FactResult]) -> dict[str, int]:
        return {kind.__name__: places.setdefault(_spelled(one), len(places)) for kind, one in results.items()}

    accounts = {account_id: placed(facts.results) for account_id, facts in batch.facts.items()}
    denied = {account_id: placed(facts.denied) for account_id, facts in batch.facts.items() if facts.denied}
    results = [json.loads(spelled) for spelled in places]
    return run_file_format.pack(
        {
            "planned_at": batch.planned_at.isoformat(),
            "throttled_calls": batch.throttled_calls,
            "results": results,
            "accounts": accounts,
            "denied": denied,
        }
    )


def unpack(packed: bytes) -> BatchFacts:
    """Return what a file spells. Raises ``InvalidRunFile`` for all that is not exactly such a file."""
    document = run_file_format.unpack(packed)
    with refused_if_damaged(InvalidRunFile):
        file = dacite.from_dict(_File, document, _CONFIG)
        results = [_reading(plain) for plain in file.results]
        denied = {account_id: _denied(places, results) for account_id, places in file.denied.items()}
        facts = {
            account_id: _facts(places, results, denied.pop(account_id, {}))
            for account_id, places in file.accounts.items()
        }
        if denied:
            raise KeyError(next(iter(denied)))
    return BatchFacts(file.planned_at, facts, file.throttled_calls)


@cache
def _kinds() -> Mapping[str, FactKind]:
    """Return the kinds of facts that the probes read, by name."""
    return {probe.fact.__name__: probe.fact for probe in all_probes()}


def _spelled(reading: FactResult) -> str:
    record: Any = reading  # a dataclass each, though the base of all facts is none
    return json.dumps({type(reading).__name__: dataclasses.asdict(record)})


def _reading(plain: dict[str, Any]) -> FactResult:
    ((name, fields),) = plain.items()
    read: FactResult = dacite.from_dict(
        {**_kinds(), "ReadFailure": ReadFailure, "NotTried": NotTried}[name], fields, _CONFIG
    )
    return read


def _facts(
    places: Mapping[str, int], results: list[FactResult], denied: Mapping[FactKind, ReadFailure]
) -> AccountFacts:
    facts = AccountFacts(_placed(places, results), denied)
    for kind in facts.results:
        facts.result(kind)  # raises TypeError for a fact of another kind
    return facts


def _denied(places: Mapping[str, int], results: list[FactResult]) -> dict[FactKind, ReadFailure]:
    found = _placed(places, results)
    denied = {kind: one for kind, one in found.items() if isinstance(one, ReadFailure)}
    if len(denied) < len(found):
        raise TypeError("what was read is no denial")
    return denied


def _placed(places: Mapping[str, int], results: list[FactResult]) -> dict[FactKind, FactResult]:
    if min(places.values(), default=0) < 0:
        raise IndexError("it points before its first reading")
    return {_kinds()[name]: results[place] for name, place in places.items()}
