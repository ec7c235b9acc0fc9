"""The ledger as a file: it survives the round trip, and invalid files are refused with a reason."""

from __future__ import annotations

import copy
import dataclasses
import gzip
import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.ledger import Entry, Intent, KnownAccount, Ledger
from regionproof.domain.untrusted_text import sanitize_line
from regionproof.storage.ledger_file import LEDGER_FILE, InvalidLedger, pack, unpack
from regionproof.storage.packed_json import REASON_LENGTH
from tests.support.builders import NOW, ORGANIZATION_ID

moments = st.datetimes(datetime(2020, 1, 1), datetime(2026, 11, 22), timezones=st.just(UTC))  # noqa: DTZ001  # made aware
entries = st.builds(
    Entry,
    first_seen=moments,
    last_seen=moments,
    last_change=moments,
    compliance=st.sampled_from(Compliance),
    severity=st.sampled_from(Severity),
    alerted_severity=st.none() | st.sampled_from(Severity),
    alerted_at=st.none() | moments,
    exemption_end_alerted=st.none() | st.dates(date(2020, 1, 1)),
    sent_at=st.none() | moments,
    possibly_alerted_severities=st.lists(st.none() | st.sampled_from(Severity), max_size=3).map(tuple),
    archived=st.booleans(),
).map(lambda entry: dataclasses.replace(entry, last_seen=max(entry.first_seen, entry.last_seen)))
known_accounts = st.builds(
    KnownAccount,
    name=st.text(max_size=60),
    first_seen=moments,
    left=st.none() | moments,
    presence_alerted=st.booleans(),
    out_of_scope_alerted=st.booleans(),
    uses_opt_in_region=st.none() | st.booleans(),
    opt_in_read_at=st.none() | moments,
    presence_uncertain=st.booleans(),
)
account_ids = st.integers(0, 10**12 - 1).map("{:012}".format)
ledgers = st.builds(
    Ledger,
    organization_id=st.text(max_size=40),
    accounts=st.dictionaries(account_ids, known_accounts, max_size=4),
    entries=st.dictionaries(st.tuples(account_ids, st.sampled_from(["STS.1", "Coverage.1"])), entries, max_size=4),
    intent=st.none() | st.builds(Intent, run_id=st.text(max_size=20), started_at=moments),
    unreported_set_aside=st.text(max_size=40),
    rules_off_alerted=st.lists(st.sampled_from(["STS.1", "Old.7"]), unique=True).map(tuple),
    orphans_unchecked=st.booleans(),
    orphans_not_alerted=st.integers(0, 9),
    settings_alerted=st.lists(st.text(max_size=60), unique=True).map(tuple),
)
EXAMPLE = Ledger(
    ORGANIZATION_ID,
    {
        "222222222222": KnownAccount(
            "orders", NOW, NOW, out_of_scope_alerted=True, uses_opt_in_region=False, opt_in_read_at=NOW
        )
    },
    {
        ("222222222222", "STS.1"): Entry(
            first_seen=NOW,
            last_seen=NOW,
            last_change=NOW,
            compliance=Compliance.NON_COMPLIANT,
            severity=Severity.HIGH,
            alerted_severity=Severity.LOW,
            alerted_at=NOW,
            exemption_end_alerted=date(2027, 3, 31),
            sent_at=NOW,
            possibly_alerted_severities=(None, Severity.HIGH),
        )
    },
    Intent("run-1", NOW),
    "it is damaged",
)


def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(gzip.decompress(pack(EXAMPLE)))
    return document


def _packed(document: Any) -> bytes:
    return gzip.compress(json.dumps(document).encode())


@settings(max_examples=100, deadline=None, derandomize=True)
@given(ledger=ledgers)
def test_a_ledger_survives_the_round_trip(ledger: Ledger) -> None:
    """With every name, time and enumeration."""
    assert unpack(pack(ledger), NOW) == ledger


@settings(max_examples=50, deadline=None, derandomize=True)
@given(ledger=ledgers)
def test_the_same_ledger_gives_the_same_bytes(ledger: Ledger) -> None:
    """The order in which it was filled does not matter."""
    reordered = dataclasses.replace(
        ledger,
        accounts=dict(reversed(list(ledger.accounts.items()))),
        entries=dict(reversed(list(ledger.entries.items()))),
    )
    assert reordered == ledger
    assert pack(reordered) == pack(ledger)


def _unpacks_or_refuses(content: bytes) -> None:
    ledger, reason = None, "it is damaged ("
    try:
        ledger = unpack(content, NOW)
    except InvalidLedger as refusal:
        reason = str(refusal)
    assert reason.startswith(("it is damaged (", "its format is ", "its content is impossible: "))
    assert len(reason) <= REASON_LENGTH
    assert sanitize_line(reason) == reason
    if ledger:
        assert unpack(pack(ledger), NOW) == ledger


@settings(max_examples=200, deadline=None, derandomize=True)
@given(place=st.integers(0, len(pack(EXAMPLE)) - 1), flipped=st.integers(1, 255))
def test_a_damaged_byte_is_refused_or_has_no_effect(place: int, flipped: int) -> None:
    """No other exception is raised. The header of gzip has bytes without a meaning."""
    content = bytearray(pack(EXAMPLE))
    content[place] ^= flipped
    _unpacks_or_refuses(bytes(content))


@pytest.mark.parametrize("length", range(len(pack(EXAMPLE))))
def test_a_file_that_was_cut_off_is_refused(length: int) -> None:
    """After any byte."""
    with pytest.raises(InvalidLedger, match="it is damaged"):
        unpack(pack(EXAMPLE)[:length], NOW)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused(content: bytes) -> None:
    """Compressed or not."""
    for file in (content, gzip.compress(content)):
        with pytest.raises(InvalidLedger):
            unpack(file, NOW)


@pytest.mark.parametrize("number", [0, 1, 2, 4, "3", None, True, 3.0, [3], {"a": 2}])
def test_another_format_is_refused_with_its_number(number: object) -> None:
    """A newer version may have written it, and may read it again."""
    with pytest.raises(InvalidLedger) as refused:
        unpack(_packed({**_document(), "format": number}), NOW)
    assert str(refused.value) == f"its format is {number!r}, but this version reads format {LEDGER_FILE.number}"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, value in inner for place in _places(value, (*path, key)))]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(place=st.sampled_from(_places(_document())[1:]), value=json_values)
def test_any_other_value_in_any_place_is_refused_or_gives_a_ledger(place: tuple[Any, ...], value: Any) -> None:
    """No other exception is raised, and no record has a value of the wrong type."""
    document = copy.deepcopy(_document())
    node = document
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    _unpacks_or_refuses(_packed(document))


def _changed(**changed: Any) -> dict[str, Any]:
    return {**_document(), **changed}


def _entry(**changed: Any) -> dict[str, Any]:
    return _changed(entries=[{**_document()["entries"][0], **changed}])


WRONG_SHAPES = {
    "not an object": [],
    "a number for the organization": _changed(organization_id=5),
    "text for a boolean": _changed(
        accounts={"222222222222": {**_document()["accounts"]["222222222222"], "out_of_scope_alerted": "no"}}
    ),
    "a field of format 1": _changed(any_opt_in_region_in_use=False),
    "a list of accounts": _changed(accounts=[]),
    "entries by key": _changed(entries={}),
    "an unknown part": _changed(colour="red"),
    "an entry that is text": _changed(entries=["x"]),
    "an account that is text": _changed(accounts={"222222222222": "x"}),
    "a number for an account": _entry(account=222222222222),
    "a list for a rule": _entry(rule=["STS.1"]),
    "an unknown compliance": _entry(compliance="FINE"),
    "an unknown severity": _entry(alerted_severity="BAD"),
    "an unknown severity that was possibly alerted": _entry(possibly_alerted_severities=["BAD"]),
    "text for what was possibly alerted": _entry(possibly_alerted_severities="HIGH"),
    "an intent without a time": _changed(intent={"run_id": "run-1"}),
    "an unknown field": _entry(colour="red"),
    "a time without a zone": _entry(sent_at="2026-11-21T06:00:00"),
    "a time of another zone": _entry(sent_at="2026-11-21T06:00:00+01:00"),
    "a number for a time": _entry(last_seen=5),
    "a time for a day": _entry(exemption_end_alerted="2026-11-21T06:00:00+00:00"),
}


@pytest.mark.parametrize("document", WRONG_SHAPES.values(), ids=WRONG_SHAPES)
def test_a_wrong_shape_is_refused(document: Any) -> None:
    """Nothing is guessed or dropped."""
    with pytest.raises(InvalidLedger):
        unpack(_packed(document), NOW)


@pytest.mark.parametrize("missing", ["organization_id", "accounts", "entries"])
def test_a_missing_part_is_refused(missing: str) -> None:
    """It must not count as empty."""
    document = _document()
    del document[missing]
    with pytest.raises(InvalidLedger, match=missing):
        unpack(_packed(document), NOW)


def test_a_document_nested_too_deep_is_refused() -> None:
    """Python cannot parse it."""
    with pytest.raises(InvalidLedger, match="it is damaged"):
        unpack(gzip.compress(b"[" * 200_000), NOW)


def test_the_ledger_of_10000_accounts_is_as_small_as_documented() -> None:
    """0.6 MB, plus or minus a quarter, for one read or write."""
    runs = [NOW - timedelta(hours=hour, microseconds=hour * 7919) for hour in range(97)]
    digests = [hashlib.sha256(str(number).encode()).digest() for number in range(10_000)]
    accounts = {f"{int.from_bytes(digest) % 10**12:012}": digest for digest in digests}
    rules = ("Coverage.1", "Regions.1", "STS.1")
    ledger = Ledger(
        ORGANIZATION_ID,
        {
            one: KnownAccount(
                f"workload {digest[0]}",
                runs[digest[1] % 97],
                uses_opt_in_region=digest[2] % 8 == 0,
                opt_in_read_at=NOW,
            )
            for one, digest in accounts.items()
        },
        {
            (account, rule): Entry(runs[digest[one] % 97], NOW, runs[digest[one + 3] % 97], *_verdict(digest[one + 6]))
            for account, digest in accounts.items()
            for one, rule in enumerate(rules)
        },
    )
    assert 0.45 < len(pack(ledger)) / 1e6 < 0.75


def _verdict(number: int) -> tuple[Compliance, Severity, Severity | None, datetime | None, None, datetime]:
    if number % 3:
        return Compliance.COMPLIANT, Severity.INFORMATIONAL, None, None, None, NOW
    return Compliance.NON_COMPLIANT, Severity.HIGH, Severity.HIGH, NOW - timedelta(days=number), None, NOW
