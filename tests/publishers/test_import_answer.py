"""Answers of BatchImportFindings: a finding with an unclear outcome has not arrived."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.receipts import Undelivered
from regionproof.publishers.import_answer import UNACCOUNTED, undelivered_in
from regionproof.publishers.security_hub import SecurityHubPublisher, imports_of
from tests.support.builders import news, some_facts
from tests.support.fakes import RecordingLog
from tests.support.stubs import a_client, answer_with, http_answer

SENT = ["a/1", "a/2", "a/3"]
NO_REASON = Undelivered("a/2", "InvalidInput", "")
REFUSED = {"Id": "a/2", "ErrorCode": "InvalidInput", "ErrorMessage": "too long"}


def _answer(imported: Any, failed: Any, entries: Any) -> dict[str, Any]:
    return {"SuccessCount": imported, "FailedCount": failed, "FailedFindings": entries}


CONSISTENT = {
    "all imported": (_answer(3, 0, []), []),
    "all imported, no list": ({"SuccessCount": 3, "FailedCount": 0}, []),
    "all imported, a null list": (_answer(3, 0, None), []),
    "one refused": (_answer(2, 1, [REFUSED]), [Undelivered("a/2", "InvalidInput", "too long")]),
    "a reason that is null": (
        _answer(2, 1, [{**REFUSED, "ErrorMessage": None}]),
        [NO_REASON],
    ),
    "a reason that is a list": (_answer(2, 1, [{**REFUSED, "ErrorMessage": ["x"]}]), [NO_REASON]),
    "a code that is null": (
        _answer(2, 1, [{**REFUSED, "ErrorCode": None}]),
        [Undelivered("a/2", "Unknown", "too long")],
    ),
}


@pytest.mark.parametrize(("answer", "undelivered"), CONSISTENT.values(), ids=CONSISTENT)
def test_a_consistent_answer_names_the_refused_findings(answer: dict[str, Any], undelivered: list[Undelivered]) -> None:
    """All others arrived."""
    assert undelivered_in(answer, SENT) == undelivered


INCONSISTENT = {
    "nothing": {},
    "all refused, none named": _answer(0, 3, []),
    "all refused, one without an id": _answer(0, 3, [{"ErrorCode": "X", "ErrorMessage": "y"}]),
    "fewer named than refused": _answer(1, 2, [REFUSED]),
    "more named than refused": _answer(3, 0, [REFUSED]),
    "one named twice": _answer(1, 2, [REFUSED, REFUSED]),
    "another id": _answer(2, 1, [{**REFUSED, "Id": "b/1"}]),
    "another id, none refused": _answer(3, 0, [{**REFUSED, "Id": "b/1"}]),
    "an id that is null": _answer(2, 1, [{**REFUSED, "Id": None}]),
    "an id that is a list": _answer(2, 1, [{**REFUSED, "Id": ["a/2"]}]),
    "an entry that is text": _answer(2, 1, ["a/2"]),
    "an entry that is null": _answer(2, 1, [None]),
    "a list that is text": _answer(2, 1, "a/2"),
    "too few counted": _answer(2, 0, []),
    "too many counted": _answer(4, 0, []),
    "a negative count": _answer(4, -1, []),
    "a count that is text": _answer("3", "0", []),
    "a count that is a fraction": _answer(3.0, 0, []),
    "a count that is null": _answer(None, 0, []),
    "a count that is a Boolean": {**_answer(2, 1, [REFUSED]), "FailedCount": True},
    "no FailedCount": {"SuccessCount": 3},
    "no SuccessCount": {"FailedCount": 0, "FailedFindings": []},
}


@pytest.mark.parametrize("answer", INCONSISTENT.values(), ids=INCONSISTENT)
def test_an_inconsistent_answer_means_that_no_finding_arrived(answer: dict[str, Any]) -> None:
    """The outcome of each finding is unclear. Those that the answer names keep their own reason."""
    undelivered = undelivered_in(answer, SENT)
    assert [item.item for item in undelivered] == SENT
    assert {item.code for item in undelivered} <= {UNACCOUNTED, "InvalidInput"}
    for item in undelivered:
        assert item.code != UNACCOUNTED or item.message.startswith("Security Hub answered a batch of 3 findings with")


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 5) | st.floats(allow_nan=False) | st.sampled_from([*SENT, "b", "3"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Id", "ErrorCode", "ErrorMessage"]), inner)
    ),
    max_leaves=8,
)
answers = st.dictionaries(st.sampled_from(["SuccessCount", "FailedCount", "FailedFindings"]), values)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(answer=answers)
def test_no_answer_makes_more_findings_arrive_than_its_success_count(answer: dict[str, Any]) -> None:
    """And no finding is undelivered twice."""
    items = [item.item for item in undelivered_in(answer, SENT)]
    assert len(set(items)) == len(items)
    assert set(items) <= set(SENT)
    assert len(SENT) - len(items) in (0, answer.get("SuccessCount"))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(answer=answers | values)
def test_no_body_raises_an_error(answer: Any) -> None:
    """The botocore parser does not validate answers."""
    reconciliation = news({"222222222222": some_facts()})
    client = a_client("securityhub")
    answer_with(client, lambda _request: http_answer(200, json.dumps(answer), "application/json"))
    receipt = SecurityHubPublisher(client, RecordingLog().logger).publish(reconciliation)
    sent = {item.finding.id for item in imports_of(reconciliation)}
    assert receipt.arrived | {item.item for item in receipt.undelivered} == sent
    assert all(isinstance(text, str) for item in receipt.undelivered for text in (item.code, item.message))


def test_refused_findings_that_are_not_named_are_sent_twice_and_then_undelivered() -> None:
    """The next run archives the findings of departed accounts again if the receipt has them as undelivered."""
    reconciliation = news({"222222222222": some_facts()})
    client = a_client("securityhub")
    requests: list[int] = []

    def refuse_all(_request: object) -> Any:
        requests.append(1)
        return http_answer(200, json.dumps(_answer(0, len(list(imports_of(reconciliation))), [])), "application/json")

    answer_with(client, refuse_all)
    receipt = SecurityHubPublisher(client, RecordingLog().logger).publish(reconciliation)
    assert len(requests) == 2
    assert receipt.arrived == frozenset()
