"""The facts of a batch as a file: facts survive the round trip, and damaged files are refused."""

from __future__ import annotations

import gzip
import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.facts import (
    AccountFacts,
    Fact,
    NotTried,
    OptStatus,
    ReadFailure,
    RegionOptStatuses,
    TokenVersion,
)
from regionproof.probes import all_probes
from regionproof.storage.facts_file import BatchFacts, pack, unpack
from regionproof.storage.packed_json import InvalidRunFile
from tests.support.builders import NOW, regions, some_facts

A, B = "222222222222", "333333333333"
text = st.text(max_size=8)
failures = st.builds(ReadFailure, text, text, text)
not_tried = st.builds(NotTried, text)
versions = st.builds(TokenVersion, st.sampled_from([1, 2]))
statuses = st.builds(RegionOptStatuses, st.dictionaries(text, st.sampled_from(OptStatus), max_size=4))
account_facts = st.builds(
    AccountFacts,
    st.fixed_dictionaries(
        {}, optional={TokenVersion: versions | failures | not_tried, RegionOptStatuses: statuses | failures | not_tried}
    ),
    st.fixed_dictionaries({}, optional={RegionOptStatuses: failures}),
)
batches = st.builds(
    BatchFacts,
    st.datetimes(timezones=st.just(UTC)),
    st.dictionaries(text, account_facts, max_size=5),
    st.integers(0, 99),
)


def document(batch: BatchFacts) -> dict[str, Any]:
    """Return the JSON of a file."""
    content: dict[str, Any] = json.loads(gzip.decompress(pack(batch)))
    return content


def as_file(plain: Any) -> bytes:
    """Return a file of this JSON. It has no time, because pytest builds the names of tests from it."""
    return gzip.compress(json.dumps(plain).encode(), mtime=0)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(batches)
def test_facts_survive_the_round_trip(batch: BatchFacts) -> None:
    """Facts, failures and reasons of every account, with any text from AWS."""
    unpacked = unpack(pack(batch))
    assert unpacked == batch
    for facts in unpacked.facts.values():
        for result in facts.results.values():
            if isinstance(result, RegionOptStatuses):
                assert {type(status) for status in result.by_region.values()} <= {OptStatus}


def test_every_fact_that_a_probe_reads_can_be_written() -> None:
    """A new probe needs no change here, because its fact is found by name."""
    assert {probe.fact for probe in all_probes()} == {TokenVersion, RegionOptStatuses}
    ours = {kind.__name__ for kind in Fact.__subclasses__() if kind.__module__ == Fact.__module__}
    assert ours == {"TokenVersion", "RegionOptStatuses"}


def test_accounts_with_the_same_facts_share_one_record() -> None:
    """In the file and in memory, which 50,000 accounts with about 35 Regions each would fill."""
    batch = BatchFacts(NOW, {f"{number:012}": some_facts(opt_in=regions(ap_east_1="ENABLED")) for number in range(250)})
    assert len(document(batch)["results"]) == 2
    statuses = [facts.results[RegionOptStatuses] for facts in unpack(pack(batch)).facts.values()]
    assert len({id(record) for record in statuses}) == 1


PLAIN = document(BatchFacts(NOW, {A: some_facts(), B: some_facts(TokenVersion(2))}, 3))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (b"", "it is damaged"),
        (b"no facts", "it is damaged"),
        (pack(BatchFacts(NOW, {A: some_facts()}))[:-9], "it is damaged"),
        (as_file([]), "its format is None, but this version reads format 3"),
        (as_file({**PLAIN, "format": 1}), "its format is 1, but this version reads format 3"),
        (as_file({**PLAIN, "planned_at": "2026-11-21T06:00:00"}), "not a time in UTC"),
        (as_file({key: value for key, value in PLAIN.items() if key != "planned_at"}), "planned_at"),
        (as_file({**PLAIN, "more": 1}), "more"),
        (as_file({**PLAIN, "accounts": None}), "accounts"),
        (as_file({key: value for key, value in PLAIN.items() if key != "results"}), "results"),
        (as_file({**PLAIN, "throttled_calls": "3"}), "throttled_calls"),
        (as_file({**PLAIN, "accounts": {A: {"TokenVersion": 9}}}), "IndexError"),
        (as_file({**PLAIN, "accounts": {A: {"TokenVersion": -1}}}), "an index is negative"),
        (as_file({**PLAIN, "accounts": {A: {"TokenVersion": 1}}}), "was asked for"),
        (as_file({**PLAIN, "accounts": {A: {"Unknown": 0}}}), "Unknown"),
        (as_file({**PLAIN, "denied": {A: {"RegionOptStatuses": 0}}}), "is not a denial"),
        (as_file({**PLAIN, "denied": {A: {"RegionOptStatuses": -1}}}), "an index is negative"),
        (as_file({**PLAIN, "denied": {"444444444444": {}}}), "444444444444"),
        (as_file({**PLAIN, "denied": None}), "denied"),
        (as_file({**PLAIN, "results": [{"Unknown": {}}]}), "Unknown"),
        (as_file({**PLAIN, "results": [{}]}), "ValueError"),
        (as_file({**PLAIN, "results": [{"TokenVersion": {}}]}), "version"),
        (as_file({**PLAIN, "results": [{"TokenVersion": {"version": "1"}}]}), "version"),
        (as_file({**PLAIN, "results": [{"TokenVersion": {"version": 1, "more": 1}}]}), "more"),
        (as_file({**PLAIN, "results": [{"RegionOptStatuses": {"by_region": {"x": "NEW"}}}]}), "NEW"),
        (as_file({**PLAIN, "results": [{"ReadFailure": {"call": "a", "code": "b", "message": None}}]}), "message"),
    ],
)
def test_an_invalid_file_is_refused_with_the_reason(damage: bytes, reason: str) -> None:
    """An unknown status, kind or field never becomes a fact, and is never dropped."""
    with pytest.raises(InvalidRunFile, match=reason):
        unpack(damage)


def test_a_reason_is_one_short_line_whatever_the_file_contains() -> None:
    """Findings quote it."""
    with pytest.raises(InvalidRunFile) as refused:
        unpack(as_file({**PLAIN, "results": [{"\n\x1b[31m" + "x" * 999: {}}]}))
    assert len(str(refused.value)) <= 300
    assert str(refused.value).isprintable()
