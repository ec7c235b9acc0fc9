"""The facts of a batch, as a file. Pure.

Most accounts of an organization have the same facts. So the file contains each result once, and accounts refer to it
by its index. 50,000 accounts load in seconds and share their records, as in a run in one call.
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

from .packed_json import RUN_FILE, parse_utc

_CONFIG = dacite.Config(
    strict=True, cast=[OptStatus], type_hooks={datetime: parse_utc}, forward_references={"Mapping": Mapping}
)


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """The facts of a batch by account id, and the number of calls that AWS throttled during the batch.

    ``planned_at`` is the time of the plan. Facts that were read for another plan must not be used.
    """

    planned_at: datetime
    facts: Mapping[str, AccountFacts]
    throttled_calls: int = 0


@dataclass(frozen=True, slots=True)
class _File:
    """The outer shape of the file: each result once, and for each account the indexes of its results, by kind.

    ``denied`` has the same for denials after which an account was asked about centrally.
    """

    planned_at: datetime
    throttled_calls: int
    results: list[dict[str, Any]]
    accounts: dict[str, dict[str, int]]
    denied: dict[str, dict[str, int]] = field(default_factory=dict)


def pack(batch: BatchFacts) -> bytes:
    """Return the facts of a batch as a file."""
    indexes: dict[str, int] = {}

    def indexed(results: Mapping[FactKind, FactResult]) -> dict[str, int]:
        return {kind.__name__: indexes.setdefault(_to_json(one), len(indexes)) for kind, one in results.items()}

    accounts = {account_id: indexed(facts.results) for account_id, facts in batch.facts.items()}
    denied = {account_id: indexed(facts.denied) for account_id, facts in batch.facts.items() if facts.denied}
    results = [json.loads(text) for text in indexes]
    return RUN_FILE.pack(
        {
            "planned_at": batch.planned_at.isoformat(),
            "throttled_calls": batch.throttled_calls,
            "results": results,
            "accounts": accounts,
            "denied": denied,
        }
    )


def unpack(packed: bytes) -> BatchFacts:
    """Return the facts in a file. Raises ``InvalidRunFile``."""
    document = RUN_FILE.unpack(packed)
    with RUN_FILE.refusing_damage():
        file = dacite.from_dict(_File, document, _CONFIG)
        results = [_result(plain) for plain in file.results]
        denied = {account_id: _denied(indexes, results) for account_id, indexes in file.denied.items()}
        facts = {
            account_id: _facts(indexes, results, denied.pop(account_id, {}))
            for account_id, indexes in file.accounts.items()
        }
        if denied:
            raise KeyError(next(iter(denied)))
    return BatchFacts(file.planned_at, facts, file.throttled_calls)


@cache
def _kinds() -> Mapping[str, FactKind]:
    """Return the kinds of facts that the probes read, by name."""
    return {probe.fact.__name__: probe.fact for probe in all_probes()}


def _to_json(result: FactResult) -> str:
    record: Any = result  # always a dataclass, although the type Fact is not one
    return json.dumps({type(result).__name__: dataclasses.asdict(record)})


def _result(plain: dict[str, Any]) -> FactResult:
    ((name, fields),) = plain.items()
    kinds = {**_kinds(), "ReadFailure": ReadFailure, "NotTried": NotTried}
    result: FactResult = dacite.from_dict(kinds[name], fields, _CONFIG)
    return result


def _facts(
    indexes: Mapping[str, int], results: list[FactResult], denied: Mapping[FactKind, ReadFailure]
) -> AccountFacts:
    facts = AccountFacts(_by_kind(indexes, results), denied)
    for kind in facts.results:
        facts.result(kind)  # raises TypeError if the result is of another kind
    return facts


def _denied(indexes: Mapping[str, int], results: list[FactResult]) -> dict[FactKind, ReadFailure]:
    found = _by_kind(indexes, results)
    denied = {kind: one for kind, one in found.items() if isinstance(one, ReadFailure)}
    if len(denied) < len(found):
        raise TypeError("the record is not a denial")
    return denied


def _by_kind(indexes: Mapping[str, int], results: list[FactResult]) -> dict[FactKind, FactResult]:
    if min(indexes.values(), default=0) < 0:
        raise IndexError("an index is negative")
    return {_kinds()[name]: results[index] for name, index in indexes.items()}
