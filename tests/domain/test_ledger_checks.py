"""A ledger that no run can have written is refused."""

from __future__ import annotations

import copy
import gzip
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.ledger import LONGEST_NAME, KnownAccount, Ledger
from regionproof.storage import facts_file, packed_json, plan_file
from regionproof.storage.ledger_file import InvalidLedger, pack, unpack
from regionproof.storage.packed_json import InvalidRunFile
from tests.storage.test_ledger_file import EXAMPLE, json_values
from tests.support.builders import NOW, ORGANIZATION_ID, news, some_facts
from tests.support.histories import AT_RISK, DAY, A, History

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES = ("first_seen", "last_seen", "last_change", "alerted_at", "sent_at")
END_OF_TIME = "9999-12-31T23:59:59.999999+00:00"


def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(gzip.decompress(pack(EXAMPLE)))
    return document


def _packed(document: Any) -> bytes:
    return gzip.compress(json.dumps(document).encode())


def _reason(document: Any) -> str:
    with pytest.raises(InvalidLedger) as refused:
        unpack(_packed(document), NOW)
    return str(refused.value)


def _with_entry(**changed: Any) -> dict[str, Any]:
    document = _document()
    document["entries"][0].update(changed)
    return document


def _with_account(account_id: str = "222222222222", **changed: Any) -> dict[str, Any]:
    document = _document()
    (known,) = document["accounts"].values()
    return {**document, "accounts": {account_id: {**known, **changed}}}


@pytest.mark.parametrize("field", TIMES)
@pytest.mark.parametrize(
    "time",
    [
        END_OF_TIME,
        (NOW + timedelta(days=1, seconds=1)).isoformat(),
        "2019-12-31T23:59:59+00:00",
        "0001-01-01T00:00:00+00:00",
    ],
)
def test_an_impossible_time_is_refused(field: str, time: str) -> None:
    """The time is in the future or before RegionProof existed. The reason names the account, the rule and the time."""
    earliest = {"first_seen": time} if field == "last_seen" and time < "2020" else {}
    reason = _reason(_with_entry(**{field: time}, **earliest))
    assert reason.startswith("its content is impossible: 222222222222 under STS.1 ")
    assert time in reason


@pytest.mark.parametrize("field", ["first_seen", "left"])
def test_an_impossible_time_of_an_account_is_refused(field: str) -> None:
    """The reason names the account and the time."""
    assert _reason(_with_account(**{field: END_OF_TIME})).startswith(
        "its content is impossible: 222222222222 has the time 9999"
    )


@pytest.mark.parametrize("field", TIMES)
def test_a_clock_that_is_less_than_a_day_ahead_is_accepted(field: str) -> None:
    """The clock of another run may be ahead."""
    later = (NOW + timedelta(hours=23)).isoformat()
    document = _with_entry(**{"last_seen": later, field: later})
    assert unpack(_packed(document), NOW).entries


IMPOSSIBLE = {
    "first seen after last seen": (
        _with_entry(first_seen=(NOW + timedelta(seconds=1)).isoformat()),
        "its content is impossible: 222222222222 under STS.1 was first seen after it was last seen",
    ),
    "an entry without a valid account": (
        _with_entry(account="22222222222"),
        "its content is impossible: '22222222222' is not an account id",
    ),
    "an account id of letters": (
        _with_account("2" * 11 + "x"),
        "its content is impossible: '22222222222x' is not an account id",
    ),
    "an account id of other digits": (_with_account("٢" * 12), "is not an account id"),
    "an account id with a line break": (_with_account("2" * 12 + "\n"), "is not an account id"),
    "a name that is too long": (
        _with_account(name="x" * (LONGEST_NAME + 1)),
        "its content is impossible: account 222222222222 has a name of 1001 characters",
    ),
    "a rule that is too long": (_with_entry(rule="x" * 101), "is not a rule id"),
    "a rule without an id": (_with_entry(rule=""), "its content is impossible: '' is not a rule id"),
    "a rule with a line break": (_with_entry(rule="STS.1\nx"), "is not a rule id"),
    "a rule with a slash": (_with_entry(rule="STS/1"), "is not a rule id"),
    "an organization that is too long": (
        {**_document(), "organization_id": "o" * 101},
        "its content is impossible: its organization has an id of 101 characters",
    ),
    "a reason that is too long": ({**_document(), "unreported_set_aside": "x" * 1001}, "a text of 1001 characters"),
    "a run id that is too long": (
        {**_document(), "intent": {"run_id": "x" * 1001, "started_at": NOW.isoformat()}},
        "a text of 1001 characters",
    ),
    "an intent in the future": (
        {**_document(), "intent": {"run_id": "run", "started_at": END_OF_TIME}},
        "the run that was about to alert has the time 9999",
    ),
    "a negative number of findings": ({**_document(), "orphans_not_alerted": -1}, "it counts -1 findings"),
    "a settings entry that is too long": (
        {**_document(), "settings_alerted": ["x" * 1001]},
        "a text of 1001 characters",
    ),
    "a rule that is off and not valid": ({**_document(), "rules_off_alerted": ["a/b"]}, "'a/b' is not a rule id"),
    "Regions read in the future": (_with_account(opt_in_read_at=END_OF_TIME), "222222222222 has the time 9999"),
    "the same entry twice": (
        {**_document(), "entries": _document()["entries"] * 2},
        "it is damaged (ValueError: an account has two entries for one rule)",
    ),
    "an exemption that ended long ago": (
        _with_entry(exemption_end_alerted="1999-01-01"),
        "an exemption that ended on 1999",
    ),
}


@pytest.mark.parametrize(("document", "reason"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_ledger_is_refused_with_the_reason(document: dict[str, Any], reason: str) -> None:
    """The whole file is refused, because its other parts cannot be trusted either."""
    assert reason in _reason(document)


def test_an_unknown_rule_is_accepted() -> None:
    """An earlier version may have had it."""
    assert unpack(_packed(_with_entry(rule="Old.7")), NOW).entries.keys() == {(A, "Old.7")}


def test_a_ledger_of_more_accounts_than_aws_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason has the numbers of accounts and entries."""
    monkeypatch.setattr("regionproof.domain.ledger_checks.MOST_ACCOUNTS", 0)
    assert _reason(_document()) == "its content is impossible: it has 1 accounts and 1 entries"


def _bomb(size: int) -> bytes:
    return gzip.compress(b" " * size)


UNPACKERS: list[Callable[[bytes], object]] = [
    lambda content: unpack(content, NOW),
    plan_file.unpack_plan,
    plan_file.unpack_batch,
    facts_file.unpack,
]
REFUSALS = (InvalidLedger, InvalidRunFile)


@pytest.mark.parametrize("unpacker", UNPACKERS, ids=["ledger", "plan", "batch", "facts"])
def test_a_file_that_unpacks_to_too_many_bytes_is_refused(
    unpacker: Callable[[bytes], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is unpacked in chunks, and only up to the limit."""
    sizes: list[int] = []
    original = gzip.GzipFile.read

    def record_size(file: gzip.GzipFile, size: int) -> bytes:
        sizes.append(size)
        return original(file, size)

    monkeypatch.setattr(packed_json, "MOST_BYTES", 3_000_000)
    monkeypatch.setattr(gzip.GzipFile, "read", record_size)
    with pytest.raises(REFUSALS, match="it is larger than 3000000 bytes"):
        unpacker(_bomb(30_000_000))
    assert sum(sizes) < 5_000_000


@pytest.mark.parametrize("unpacker", UNPACKERS, ids=["ledger", "plan", "batch", "facts"])
def test_a_file_with_too_many_values_is_refused(unpacker: Callable[[bytes], object]) -> None:
    """An empty list takes three bytes in a file and more than fifty in memory."""
    with pytest.raises(REFUSALS, match=f"it has more than {packed_json.MOST_VALUES} values"):
        unpacker(gzip.compress(b"[" + b"[]," * (packed_json.MOST_VALUES // 2) + b"[]]"))


@pytest.mark.parametrize("unpacker", UNPACKERS, ids=["ledger", "plan", "batch", "facts"])
@pytest.mark.parametrize("depth", [900, 5_000, 200_000])
@pytest.mark.parametrize("place", ["format", "accounts", "entries", "listed", "results"])
def test_a_file_nested_too_deep_is_refused(unpacker: Callable[[bytes], object], depth: int, place: str) -> None:
    """Even if its error message cannot be printed."""
    known = 1 if unpacker is UNPACKERS[0] else 2
    first = "" if place == "format" else f'"format":{known},'
    content = f'{{{first}"{place}":{"[" * depth}{"]" * depth}}}'
    with pytest.raises(REFUSALS):
        unpacker(gzip.compress(content.encode()))


absurd = (
    json_values
    | st.sampled_from(
        [END_OF_TIME, "0001-01-01T00:00:00+00:00", "9999-12-31", "2" * 12, "", "x" * 5000, 10**400, 1e308]
    )
    | st.datetimes().map(lambda time: time.replace(tzinfo=UTC).isoformat())
)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, value in inner for place in _places(value, (*path, key)))]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(changes=st.lists(st.tuples(st.sampled_from(_places(_document())[1:]), absurd), min_size=1, max_size=3))
def test_a_changed_ledger_is_refused_or_a_run_can_use_it(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    """Neither reading it nor a run with it raises any other error."""
    document = copy.deepcopy(_document())
    for place, value in changes:
        with suppress(KeyError, IndexError, TypeError):  # an earlier change removed the place
            reduce(getitem, place[:-1], document)[place[-1]] = value
    try:
        ledger = unpack(_packed(document), NOW)
    except InvalidLedger:
        return
    reconciliation = news({A: some_facts()}, ledger=ledger)
    assert all(reconciliation.updated_at(finding).year < 9999 for finding in reconciliation.report.findings)
    history = History({A: AT_RISK})
    history.store.ledger, history.store.version = ledger, 1
    history.run()
    history.run(later=DAY)
    assert unpack(pack(history.ledger), history.now) == history.ledger


@pytest.mark.parametrize("later", [timedelta(seconds=-1), -DAY, -400 * DAY])
def test_a_clock_that_goes_back_leaves_a_valid_ledger(later: timedelta) -> None:
    """No account was first seen after it was last seen."""
    history = History({A: AT_RISK})
    history.run()
    history.run(later=later)
    assert unpack(pack(history.ledger), NOW) == history.ledger
    (finding,) = history.security_hub.reports[-1].open_findings
    assert finding.first_seen == finding.last_seen == NOW + later


def test_the_time_of_an_import_does_not_overflow() -> None:
    """Even after the latest possible time."""
    entry = EXAMPLE.entries[A, "STS.1"]
    forged = type(entry)(NOW, NOW, NOW, entry.compliance, entry.severity, sent_at=datetime.max.replace(tzinfo=UTC))
    reconciliation = news({A: AT_RISK}, ledger=Ledger(ORGANIZATION_ID, {}, {(A, "STS.1"): forged}))
    assert max(map(reconciliation.updated_at, reconciliation.report.findings)) == datetime.max.replace(tzinfo=UTC)


def test_the_longest_name_that_is_kept_is_valid() -> None:
    """Otherwise the next run would set the ledger aside."""
    ledger = Ledger(ORGANIZATION_ID, {A: KnownAccount("x" * LONGEST_NAME, NOW)})
    assert unpack(pack(ledger), NOW) == ledger
