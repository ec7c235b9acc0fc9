"""Security Hub: the findings that are sent or archived, refusals, and the receipt."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from regionproof.domain.document import timestamp
from regionproof.domain.facts import TokenVersion
from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.ledger import Entry, KnownAccount, Ledger
from regionproof.domain.receipts import Destination, Receipt, Undelivered
from regionproof.domain.reconciliation import Reconciliation
from regionproof.publishers.asff import build_asff
from regionproof.publishers.security_hub import ACTIONS, SecurityHubPublisher, imports_of, in_batches
from regionproof.settings.shape import AuditSettings, Exemption, Rules, StsRule
from tests.support.builders import (
    DENIED,
    IDENTITY,
    MANAGEMENT_ACCOUNT_ID,
    NOW,
    ORGANIZATION_ID,
    a_report,
    news,
    regions,
    some_facts,
)
from tests.support.fakes import RecordingLog
from tests.support.stubs import a_client, answer_with, http_answer, stubbed

from .asff_schema import validator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botocore.stub import Stubber

ONE_RULE = AuditSettings(rules=Rules(sts_1=StsRule(enabled=False)))
"""Only Coverage.1 is left, which does not apply: the report has no finding to import."""

A, B = "222222222222", "333333333333"
AT_RISK = some_facts(opt_in=regions(ap_east_1="ENABLED"))
YESTERDAY = NOW - timedelta(days=1)


@cache
def _reconciled(findings: int) -> Reconciliation:
    """Return a first run with this many findings to import."""
    full_report = a_report({str(200000000000 + n): some_facts(TokenVersion(2)) for n in range(125)})
    imported = [finding for finding in full_report.findings if finding.rule != "Regions.1"]
    report = dataclasses.replace(full_report, findings=tuple(imported[:findings]))
    return Reconciliation(report, Ledger(ORGANIZATION_ID), (), ())


def build_findings(reconciliation: Reconciliation) -> list[dict[str, Any]]:
    """Return all imported findings in ASFF, in the order of the calls."""
    return [item.build(reconciliation) for item in imports_of(reconciliation)]


def _ids(reconciliation: Reconciliation) -> list[str]:
    return [finding["Id"] for finding in build_findings(reconciliation)]


def _refusal(finding_id: str, code: str = "InvalidInput") -> dict[str, str]:
    return {"Id": finding_id, "ErrorCode": code, "ErrorMessage": f"{code} it is"}


def _accept(stub: Stubber, sent: Sequence[dict[str, Any]], refused: Sequence[dict[str, str]] = ()) -> None:
    answer = {"SuccessCount": len(sent) - len(refused), "FailedCount": len(refused), "FailedFindings": list(refused)}
    stub.add_response("batch_import_findings", answer, {"Findings": list(sent)})


def _ledger_with(
    account_id: str,
    rule: str,
    compliance: Compliance,
    sent_at: datetime | None = YESTERDAY,
    *,
    archived: bool = False,
) -> Ledger:
    """Return a ledger with one entry, of yesterday."""
    severity = Severity.MEDIUM if compliance is Compliance.NON_COMPLIANT else Severity.INFORMATIONAL
    entry = Entry(YESTERDAY, YESTERDAY, YESTERDAY, compliance, severity, sent_at=sent_at, archived=archived)
    known = {one: KnownAccount("orders", YESTERDAY) for one in (MANAGEMENT_ACCOUNT_ID, account_id)}
    return Ledger(ORGANIZATION_ID, known, {(account_id, rule): entry})


@pytest.mark.parametrize(
    ("findings", "sizes"),
    [(0, []), (1, [1]), (99, [99]), (100, [100]), (101, [100, 1]), (200, [100, 100]), (250, [100, 100, 50])],
)
def test_findings_are_sent_in_batches_of_at_most_100(findings: int, sizes: list[int]) -> None:
    """Each finding is sent once, in order: https://github.com/aquasecurity/trivy/issues/2849."""
    built = build_findings(_reconciled(findings))
    batches = list(in_batches(built))
    assert [len(batch) for batch in batches] == sizes
    assert [finding for batch in batches for finding in batch] == built
    assert [finding["Id"] for finding in built] == [finding.id for finding in _reconciled(findings).report.findings]


def test_findings_are_undelivered_if_the_time_is_up() -> None:
    """The time is checked before each batch, also when it is sent again."""
    reconciliation = _reconciled(101)
    built = build_findings(reconciliation)
    time_is_up = iter([False, True, True])
    with stubbed("securityhub") as (client, stub):
        _accept(stub, built[:100])
        receipt = SecurityHubPublisher(client, RecordingLog().logger, lambda: next(time_is_up)).publish(reconciliation)
    assert receipt.arrived == {finding["Id"] for finding in built[:100]}
    assert receipt.undelivered == (Undelivered(built[100]["Id"], "OutOfTime", "the run's time was up"),)
    assert list(time_is_up) == []


def test_a_report_without_findings_to_import_sends_nothing() -> None:
    """AWS would refuse an empty call."""
    reconciliation = news({}, ONE_RULE)
    assert build_findings(reconciliation) == []
    log = RecordingLog()
    with stubbed("securityhub") as (client, _stub):
        receipt = SecurityHubPublisher(client, log.logger).publish(reconciliation)
    assert receipt == Receipt(Destination.SECURITY_HUB)
    assert log.lines == []


def test_findings_without_enough_data_are_not_sent() -> None:
    """They would overwrite the last result. Coverage.1 reports the failed read."""
    reconciliation = news({A: some_facts(DENIED, DENIED)}, ledger=_ledger_with(A, "STS.1", Compliance.COMPLIANT))
    assert [finding_id.rpartition("/")[2] for finding_id in _ids(reconciliation) if A in finding_id] == ["Coverage.1"]


def test_an_exempt_finding_is_sent() -> None:
    """It stays visible in Security Hub."""
    exemption = Exemption(account=A, rule="STS.1", owner="a", reason="b", until=NOW.date())
    reconciliation = news({A: AT_RISK}, AuditSettings(exemptions=(exemption,)))
    assert any(finding_id.endswith(f"{A}/STS.1") for finding_id in _ids(reconciliation))


def test_findings_of_an_account_that_left_are_archived() -> None:
    """They keep their last status and get the time of this run."""
    reconciliation = news({A: AT_RISK}, ledger=_ledger_with(B, "STS.1", Compliance.NON_COMPLIANT))
    states = {finding["Id"]: finding["RecordState"] for finding in build_findings(reconciliation)}
    archived = [finding_id for finding_id, state in states.items() if state == "ARCHIVED"]
    assert archived == [f"regionproof/{ORGANIZATION_ID}/{B}/STS.1"]
    (archived_finding,) = (finding for finding in build_findings(reconciliation) if finding["Id"] in archived)
    assert archived_finding["Compliance"] == {"Status": "FAILED"}
    assert (archived_finding["CreatedAt"], archived_finding["UpdatedAt"]) == (timestamp(YESTERDAY), timestamp(NOW))
    validator().validate(build_findings(reconciliation))


@pytest.mark.parametrize(
    ("ledger", "archived"),
    [
        (_ledger_with(A, "Regions.1", Compliance.NON_COMPLIANT), True),
        (_ledger_with(A, "Regions.1", Compliance.COMPLIANT), True),
        (_ledger_with(A, "Regions.1", Compliance.NON_COMPLIANT, None), False),
        (_ledger_with(A, "Regions.1", Compliance.NOT_APPLICABLE), True),
        (_ledger_with(A, "Regions.1", Compliance.NOT_APPLICABLE, archived=True), False),
        (_ledger_with(A, "Regions.1", Compliance.NOT_APPLICABLE, None), False),
    ],
    ids=["open", "passed", "never sent", "archiving was refused", "archived", "never applied"],
)
def test_a_finding_of_a_rule_that_no_longer_applies_is_archived_once(ledger: Ledger, archived: bool) -> None:  # noqa: FBT001  # what to expect
    """If the list of approved Regions was removed, the account is neither compliant nor noncompliant."""
    reconciliation = news({A: AT_RISK}, ledger=ledger)
    findings = [finding for finding in build_findings(reconciliation) if finding["Id"].endswith(f"{A}/Regions.1")]
    assert [(finding["RecordState"], finding["Compliance"]["Status"]) for finding in findings] == [
        ("ARCHIVED", "NOT_AVAILABLE")
    ] * archived


def test_an_import_is_strictly_later_than_the_one_before() -> None:
    """Security Hub would ignore it otherwise, for example if the clock was set back."""
    sent_at = NOW + timedelta(hours=1)
    reconciliation = news({A: AT_RISK}, ledger=_ledger_with(A, "STS.1", Compliance.COMPLIANT, sent_at))
    times = {finding["Id"].rpartition("/")[2]: finding["UpdatedAt"] for finding in build_findings(reconciliation)}
    assert times == {"STS.1": "2026-11-21T07:00:00.001Z", "Coverage.1": timestamp(NOW)}


def test_the_call_has_exactly_the_built_findings() -> None:
    """The publisher does not change them."""
    reconciliation = _reconciled(2)
    expected = [build_asff(finding, IDENTITY, NOW) for finding in reconciliation.report.findings]
    with stubbed("securityhub") as (client, stub):
        _accept(stub, expected)
        receipt = SecurityHubPublisher(client, RecordingLog().logger).publish(reconciliation)
    assert receipt == Receipt(Destination.SECURITY_HUB, frozenset(_ids(reconciliation)))


def test_only_refused_findings_are_sent_again() -> None:
    """If Security Hub accepts them then, they have arrived, and nothing is logged."""
    reconciliation = _reconciled(101)
    built = build_findings(reconciliation)
    log = RecordingLog()
    with stubbed("securityhub") as (client, stub):
        _accept(stub, built[:100], [_refusal(built[3]["Id"]), _refusal(built[7]["Id"], "InvalidAccess")])
        _accept(stub, built[100:], [_refusal(built[100]["Id"])])
        _accept(stub, [built[3], built[7], built[100]])
        receipt = SecurityHubPublisher(client, log.logger).publish(reconciliation)
    assert (len(receipt.arrived), receipt.undelivered) == (101, ())
    assert log.lines == []


def test_a_finding_that_is_refused_twice_is_logged_and_in_the_receipt() -> None:
    """Both have the second reason. The status of the call is 200 nevertheless."""
    reconciliation = _reconciled(5)
    built = build_findings(reconciliation)
    log = RecordingLog()
    with stubbed("securityhub") as (client, stub):
        _accept(stub, built, [_refusal(built[0]["Id"]), _refusal(built[3]["Id"])])
        _accept(stub, [built[0], built[3]], [_refusal(built[3]["Id"], "InvalidAccess")])
        receipt = SecurityHubPublisher(client, log.logger).publish(reconciliation)
    assert receipt.arrived == set(_ids(reconciliation)) - {built[3]["Id"]}
    assert receipt.undelivered == (Undelivered(built[3]["Id"], "InvalidAccess", "InvalidAccess it is"),)
    logged = [(line["level"], line["message"], line["finding_id"], line["code"], line["reason"]) for line in log.lines]
    assert logged == [
        ("ERROR", "security_hub.finding_not_imported", built[3]["Id"], "InvalidAccess", "InvalidAccess it is")
    ]


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_if_a_call_fails_twice_only_its_batch_is_undelivered(failing: int) -> None:
    """The other batches arrive."""
    reconciliation = _reconciled(250)
    batches = list(in_batches(build_findings(reconciliation)))
    log = RecordingLog()
    with stubbed("securityhub") as (client, stub):
        for number, batch in enumerate(batches):
            if number == failing:
                stub.add_client_error("batch_import_findings", "LimitExceededException", "Too many", 429)
            else:
                _accept(stub, batch)
        stub.add_client_error("batch_import_findings", "LimitExceededException", "Too many", 429)
        receipt = SecurityHubPublisher(client, log.logger).publish(reconciliation)
    undelivered = [finding["Id"] for finding in batches[failing]]
    assert [item.item for item in receipt.undelivered] == undelivered
    assert receipt.arrived == set(_ids(reconciliation)) - set(undelivered)
    assert {(item.code, item.message) for item in receipt.undelivered} == {("LimitExceededException", "Too many")}
    assert [line["finding_id"] for line in log.lines] == undelivered


def test_a_disabled_security_hub_does_not_raise() -> None:
    """Every finding is undelivered, with the message of AWS."""
    reconciliation = news({A: AT_RISK})
    with stubbed("securityhub") as (client, stub):
        for _ in range(2):
            stub.add_client_error("batch_import_findings", "InvalidAccessException", "is not subscribed", 401)
        receipt = SecurityHubPublisher(client, RecordingLog().logger).publish(reconciliation)
    assert receipt.arrived == frozenset()
    assert {item.message for item in receipt.undelivered} == {"is not subscribed"}


@pytest.mark.parametrize("body", ["<html>sign in</html>", "", "{}", '{"FailedCount": 0}', "[]", '"yes"', "null", "7"])
def test_an_answer_without_counts_is_not_a_success(body: str) -> None:
    """A proxy's page with status 200 does not mean that findings were imported."""
    reconciliation = _reconciled(3)
    client = a_client("securityhub")
    answer_with(client, lambda _request: http_answer(200, body))
    receipt = SecurityHubPublisher(client, RecordingLog().logger).publish(reconciliation)
    assert receipt.arrived == frozenset()
    assert [item.item for item in receipt.undelivered] == _ids(reconciliation)


def test_the_action_exists() -> None:
    """The policy of the function is built from it."""
    model: Any = botocore.session.get_session().get_service_model("securityhub")
    assert [action.removeprefix("securityhub:") in model.operation_names for action in ACTIONS] == [True]
