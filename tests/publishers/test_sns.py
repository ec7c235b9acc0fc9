"""SNS: one digest a run, within the limit, to people, programs and chat channels at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.domain.receipts import Destination, Receipt
from regionproof.publishers.digest import build_subject
from regionproof.publishers.sns import MESSAGE_BYTES, Alert, SnsPublisher, build_alert
from tests.fakes import RecordingLog
from tests.stubs import a_client, answer_with, http_answer, stubbed

from .alerts import FIRST_RUN, A, B, many, with_changes

if TYPE_CHECKING:
    from regionproof.domain.reconciled import Reconciled

TOPIC = "arn:aws:sns:eu-central-1:111111111111:RegionProofFindings"
PROTOCOLS = {"default", "sqs", "lambda", "http", "https"}


def _forms(message: str) -> dict[str, Any]:
    forms = json.loads(message)
    assert set(forms) == PROTOCOLS
    return {"text": forms["default"], "program": json.loads(forms["sqs"]), "chat": json.loads(forms["https"])}


def _the_counts_add_up(reconciled: Reconciled, alert: Alert) -> None:
    """Each form tells as many as fit and counts the rest; what the text tells is what people were told."""
    forms = _forms(alert.message)
    program, description = forms["program"], forms["chat"]["content"]["description"]
    total = len(reconciled.changes)
    assert len(program["changes"]) + program["changes_omitted"] == total
    if description.count("•") < total:
        assert description.endswith(f"and {total - description.count('•')} more")
    if len(alert.told) < total:
        assert f"{total - len(alert.told)} more changes are not shown here" in forms["text"]


def test_the_digest_is_published_for_every_protocol() -> None:
    """The exact parameters of the call."""
    expected = {
        "TopicArn": TOPIC,
        "Subject": build_subject(FIRST_RUN),
        "MessageStructure": "json",
        "Message": build_alert(FIRST_RUN).message,
    }
    log = RecordingLog()
    with stubbed("sns") as (client, stub):
        stub.add_response("publish", {"MessageId": "1"}, expected)
        receipt = SnsPublisher(client, TOPIC, log.logger).publish(FIRST_RUN)
    assert receipt == Receipt(Destination.SNS, frozenset(change.key for change in FIRST_RUN.changes))
    assert log.lines == []


def test_no_change_sends_nothing() -> None:
    """No news, no mail, however much is open."""
    with stubbed("sns") as (client, _stub):
        receipt = SnsPublisher(client, TOPIC, RecordingLog().logger).publish(with_changes())
    assert receipt == Receipt(Destination.SNS)


@pytest.mark.parametrize("code", ["AuthorizationError", "NotFound", "InvalidParameter", "KMSAccessDenied"])
def test_a_refusal_is_logged_and_stands_in_the_receipt(code: str) -> None:
    """It is no crash: what the other destinations got stays told."""
    log = RecordingLog()
    with stubbed("sns") as (client, stub):
        stub.add_client_error("publish", code, "no", 403)
        receipt = SnsPublisher(client, TOPIC, log.logger).publish(FIRST_RUN)
    keys = sorted(change.key for change in FIRST_RUN.changes)
    assert [(item.item, item.code, item.message) for item in receipt.undelivered] == [(k, code, "no") for k in keys]
    assert receipt.arrived == frozenset()
    assert [(line["message"], line["code"], line["reason"]) for line in log.lines] == [
        ("sns.digest_not_published", code, "no")
    ]


@pytest.mark.parametrize("body", ["<html><body>sign in</body></html>", "<html>", "not now", "{}"])
def test_an_answer_that_is_none_is_a_refusal(body: str) -> None:
    """A proxy's page with status 200 published nothing."""
    client = a_client("sns")
    answer_with(client, lambda _request: http_answer(200, body))
    receipt = SnsPublisher(client, TOPIC, RecordingLog().logger).publish(FIRST_RUN)
    assert len(receipt.undelivered) == len(FIRST_RUN.changes)
    assert receipt.arrived == frozenset()


@pytest.mark.parametrize(
    ("status", "uncertain"),
    [(400, False), (403, False), (404, False), (408, True), (429, False), (500, True), (503, True)],
)
def test_only_a_definite_refusal_is_certain(status: int, uncertain: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """SNS may have delivered a message that it answers with an error of its own."""
    with stubbed("sns") as (client, stub):
        stub.add_client_error("publish", "Whatever", "no", status)
        receipt = SnsPublisher(client, TOPIC, RecordingLog().logger).publish(FIRST_RUN)
    assert {item.uncertain for item in receipt.undelivered} == {uncertain}


def test_a_small_report_is_told_whole() -> None:
    """Nothing is left out without need."""
    forms = _forms(build_alert(FIRST_RUN).message)
    assert forms["program"]["changes_omitted"] == 0
    assert [change["account_id"] for change in forms["program"]["changes"]] == [A, B]


@pytest.mark.parametrize(
    "name",
    ["orders", "注" * 50, "👩\N{ZERO WIDTH JOINER}💻" * 20, '"\\' * 60],
    ids=["ascii", "3 bytes", "emoji", "escaped"],
)
def test_a_large_organization_fits_and_what_is_cut_is_counted(name: str) -> None:
    """2,000 changes, in bytes and with everything that JSON escapes."""
    reconciled = many(2000, name)
    alert = build_alert(reconciled)
    assert len(alert.message.encode()) <= MESSAGE_BYTES
    assert _forms(alert.message)["program"]["changes"], "none at all would be too few"
    assert alert.told
    _the_counts_add_up(reconciled, alert)


def test_three_hundred_changes_are_told_to_people_in_one_mail() -> None:
    """Every one of them: the Monday morning of a middling organization."""
    reconciled = many(300)
    assert len(build_alert(reconciled).told) == 300


def test_what_found_no_room_is_left_for_the_next_run() -> None:
    """It counts neither as told nor as lost."""
    reconciled = many(3000)
    with stubbed("sns") as (client, stub):
        stub.add_response("publish", {"MessageId": "1"})
        receipt = SnsPublisher(client, TOPIC, RecordingLog().logger).publish(reconciled)
    assert receipt.left_over
    assert receipt.arrived | receipt.left_over == {change.key for change in reconciled.changes}
    assert not receipt.arrived & receipt.left_over
    assert receipt.undelivered == ()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(count=st.integers(1, 30), limit=st.integers(20_000, 100_000))
def test_a_message_of_every_limit_fits_and_adds_up(count: int, limit: int) -> None:
    """Whatever there is room for."""
    reconciled = many(count)
    alert = build_alert(reconciled, limit)
    assert len(alert.message.encode()) <= limit
    _the_counts_add_up(reconciled, alert)


def test_every_more_byte_tells_no_less() -> None:
    """The number of changes told never falls as the limit grows."""
    reconciled = many(20)
    told = [len(build_alert(reconciled, limit).told) for limit in range(4000, 90_000, 4000)]
    assert told == sorted(told)
    assert told[-1] == 20
