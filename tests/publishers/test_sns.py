"""SNS: one message per run, within the limit, for people, programs and chat channels."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.audit.reconcile import AlertPolicy, reconcile
from regionproof.audit.remember import Delivery, remember
from regionproof.domain.changes import ChangeKind
from regionproof.domain.ledger import Ledger
from regionproof.domain.receipts import Destination, Receipt
from regionproof.domain.report import Identity
from regionproof.publishers.digest import build_subject
from regionproof.publishers.sns import MESSAGE_BYTES, Alert, SnsPublisher, build_alert
from tests.support.builders import ORGANIZATION_ID
from tests.support.fakes import RecordingLog
from tests.support.stubs import a_client, answer_with, http_answer, stubbed

from .alerts import FIRST_RUN, A, B, a_first_run, many, with_changes

if TYPE_CHECKING:
    from regionproof.domain.reconciliation import Reconciliation

TOPIC = "arn:aws:sns:eu-central-1:111111111111:RegionProofFindings"
POLICY = AlertPolicy(reminder=timedelta(days=7), exemption_notice=timedelta(days=14))
PROTOCOLS = {"default", "sqs", "lambda", "http", "https"}


def _forms(message: str) -> dict[str, Any]:
    forms = json.loads(message)
    assert set(forms) == PROTOCOLS
    return {"text": forms["default"], "program": json.loads(forms["sqs"]), "chat": json.loads(forms["https"])}


def _assert_every_form_reports(reconciliation: Reconciliation, alert: Alert) -> None:
    """Assert that each form has each reported change, and counts the others."""
    forms = _forms(alert.message)
    text, program, chat = forms["text"], forms["program"], forms["chat"]["content"]["description"]
    omitted = len(reconciliation.changes) - len(alert.reported)
    reported = [change for change in reconciliation.changes if change.key in alert.reported]
    assert len(reported) == len(alert.reported) == len(program["changes"])
    assert {(c["kind"], c["account_id"]) for c in program["changes"]} == {(c.kind.name, c.account_id) for c in reported}
    assert {change.finding.id for change in reported if change.finding} == {
        change["finding"]["id"] for change in program["changes"] if change["finding"]
    }
    for change in reported:
        assert change.account_id in text
        assert change.account_id in chat
        assert change.kind.value in chat
    assert program["changes_omitted"] == omitted
    assert chat.endswith(f"and {omitted} more") is bool(omitted)
    changes = "change" if omitted == 1 else "changes"
    assert (f"{omitted} more {changes} did not fit into this message." in text) is bool(omitted)


def test_the_digest_is_published_for_every_protocol() -> None:
    """The call has exactly these parameters."""
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


def test_a_run_without_changes_sends_nothing() -> None:
    """Open findings alone are not a reason for a mail."""
    with stubbed("sns") as (client, _stub):
        receipt = SnsPublisher(client, TOPIC, RecordingLog().logger).publish(with_changes())
    assert receipt == Receipt(Destination.SNS)


@pytest.mark.parametrize("code", ["AuthorizationError", "NotFound", "InvalidParameter", "KMSAccessDenied"])
def test_a_refusal_is_logged_and_in_the_receipt(code: str) -> None:
    """It does not raise, as other destinations have already received the changes."""
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


def test_a_token_that_its_region_refuses_is_logged_with_that_cause() -> None:
    """An opt-in Region, and a token of version 1: https://github.com/nccgroup/ScoutSuite/issues/1389."""
    log = RecordingLog()
    run = dataclasses.replace(FIRST_RUN.report.run, identity=Identity("111111111111", "aws", "ap-east-1"))
    there = dataclasses.replace(FIRST_RUN, report=dataclasses.replace(FIRST_RUN.report, run=run))
    with stubbed("sns") as (client, stub):
        stub.add_client_error(
            "publish", "InvalidClientTokenId", "The security token included in the request is invalid", 403
        )
        SnsPublisher(client, TOPIC, log.logger).publish(there)
    assert "refuses version 1 tokens" in log.lines[0]["cause"]


@pytest.mark.parametrize("body", ["<html><body>sign in</body></html>", "<html>", "not now", "{}"])
def test_an_answer_without_a_message_id_is_a_refusal(body: str) -> None:
    """A proxy's page with status 200 does not mean that the message was published."""
    client = a_client("sns")
    answer_with(client, lambda _request: http_answer(200, body))
    receipt = SnsPublisher(client, TOPIC, RecordingLog().logger).publish(FIRST_RUN)
    assert len(receipt.undelivered) == len(FIRST_RUN.changes)
    assert receipt.arrived == frozenset()


@pytest.mark.parametrize(
    ("status", "uncertain"),
    [(400, False), (403, False), (404, False), (408, True), (429, False), (500, True), (503, True)],
)
def test_only_a_client_error_is_certain(status: int, uncertain: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """SNS may have delivered the message despite a server error."""
    with stubbed("sns") as (client, stub):
        stub.add_client_error("publish", "Whatever", "no", status)
        receipt = SnsPublisher(client, TOPIC, RecordingLog().logger).publish(FIRST_RUN)
    assert {item.uncertain for item in receipt.undelivered} == {uncertain}


def test_a_small_alert_omits_nothing() -> None:
    """Changes are omitted only if they do not fit."""
    forms = _forms(build_alert(FIRST_RUN).message)
    assert forms["program"]["changes_omitted"] == 0
    assert [change["account_id"] for change in forms["program"]["changes"]] == [A, B]


@pytest.mark.parametrize(
    "name",
    ["orders", "注" * 50, "👩\N{ZERO WIDTH JOINER}💻" * 20, '"\\' * 60],
    ids=["ascii", "3 bytes", "emoji", "escaped"],
)
def test_the_message_of_a_large_organization_fits_and_counts_the_omitted_changes(name: str) -> None:
    """The limit is in bytes and includes the characters that JSON adds to escape others."""
    reconciliation = many(2000, name)
    alert = build_alert(reconciliation)
    assert len(alert.message.encode()) <= MESSAGE_BYTES
    assert _forms(alert.message)["program"]["changes"], "no change was reported"
    assert alert.reported
    _assert_every_form_reports(reconciliation, alert)


def test_one_message_has_all_changes_of_the_first_run_over_300_accounts() -> None:
    """An organization of average size gets a complete first alert."""
    reconciliation = a_first_run(300)
    alert = build_alert(reconciliation)
    assert len(alert.reported) == len(reconciliation.changes) == 225
    _assert_every_form_reports(reconciliation, alert)


def test_one_long_change_does_not_displace_the_others() -> None:
    """A change with a very long reason is shortened, and the 199 others are reported."""
    very_long = dataclasses.replace(many(200).changes[0], detail='"\\\u202e注' * 100_000, account_name="注" * 100_000)
    reconciliation = dataclasses.replace(many(200), changes=(very_long, *many(200).changes[1:]))
    alert = build_alert(reconciliation)
    assert len(alert.reported) == 200
    _assert_every_form_reports(reconciliation, alert)


kinds = st.lists(
    st.sampled_from([ChangeKind.NEWLY_NONCOMPLIANT, ChangeKind.NOT_AUDITABLE, ChangeKind.FIXED]), max_size=900
)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(kinds, st.text("x注<.", max_size=40), st.integers(0, 3000))
def test_every_reported_change_is_in_every_form(kinds: list[ChangeKind], name: str, length: int) -> None:
    """And accounts that could not be audited get at least half of the room, if they need it."""
    changes = tuple(
        dataclasses.replace(change, kind=kind, detail=f"{number} {'why ' * length}"[: length + 5])
        for number, (kind, change) in enumerate(zip(kinds, many(900, name).changes, strict=False))
    )
    reconciliation = dataclasses.replace(many(900, name), changes=changes)
    alert = build_alert(reconciliation)
    assert len(alert.message.encode()) <= MESSAGE_BYTES
    assert bool(alert.reported) is bool(changes)
    _assert_every_form_reports(reconciliation, alert)
    not_auditable = [change for change in changes if change.kind is ChangeKind.NOT_AUDITABLE]
    others = len(changes) - len(not_auditable)
    reported_not_auditable = sum(change.key in alert.reported for change in not_auditable)
    assert reported_not_auditable >= min(len(not_auditable), len(alert.reported) // 2)
    assert len(alert.reported) - reported_not_auditable >= min(others, len(alert.reported) // 2)


@pytest.mark.parametrize(("accounts", "runs"), [(300, 1), (1000, 3)])
def test_every_change_is_reported_exactly_once_within_the_next_runs(accounts: int, runs: int) -> None:
    """Each run remembers the changes that its message had."""
    report = a_first_run(accounts).report
    ledger, all_reported, messages = Ledger(ORGANIZATION_ID), set[str](), 0
    while changes := (reconciliation := reconcile(report, ledger, POLICY)).changes:
        alert = build_alert(reconciliation)
        assert alert.reported
        assert not alert.reported & all_reported
        _assert_every_form_reports(reconciliation, alert)
        all_reported |= alert.reported
        messages += 1
        receipt = Receipt(Destination.SNS, alert.reported, omitted=frozenset(c.key for c in changes) - alert.reported)
        ledger = remember(reconciliation, Delivery.of([receipt]))
    assert len(all_reported) == len(reconcile(report, Ledger(ORGANIZATION_ID), POLICY).changes)
    assert messages == runs


def test_changes_that_do_not_fit_are_left_for_the_next_run() -> None:
    """They count neither as reported nor as undelivered."""
    reconciliation = many(3000)
    with stubbed("sns") as (client, stub):
        stub.add_response("publish", {"MessageId": "1"})
        receipt = SnsPublisher(client, TOPIC, RecordingLog().logger).publish(reconciliation)
    assert receipt.omitted
    assert receipt.arrived | receipt.omitted == {change.key for change in reconciliation.changes}
    assert not receipt.arrived & receipt.omitted
    assert receipt.undelivered == ()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(count=st.integers(1, 30), limit=st.integers(20_000, 100_000))
def test_a_message_fits_every_limit(count: int, limit: int) -> None:
    """And it reports or counts every change."""
    reconciliation = many(count)
    alert = build_alert(reconciliation, limit)
    assert len(alert.message.encode()) <= limit
    _assert_every_form_reports(reconciliation, alert)


def test_a_larger_limit_never_reports_fewer_changes() -> None:
    """The number of reported changes grows with the limit."""
    reconciliation = many(20)
    reported = [len(build_alert(reconciliation, limit).reported) for limit in range(4000, 90_000, 4000)]
    assert reported == sorted(reported)
    assert reported[-1] == 20
