"""What a run tells its operators: log lines and metrics."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from aws_lambda_powertools.metrics import EphemeralMetrics

from regionproof.domain.facts import OUT_OF_TIME, AccountFacts, ReadFailure, RegionOptStatuses, TokenVersion
from regionproof.domain.receipts import Destination, Receipt, Undelivered
from regionproof.domain.run import Outcome
from regionproof.telemetry import NOT_TRIED_NAMED, count_outcome, log_account, log_outcome, outcome_document
from tests.support.builders import DENIED, a_report, an_account, news, regions, some_facts
from tests.support.fakes import RecordingLog

A, B = "222222222222", "333333333333"
FACTS = {A: some_facts(opt_in=regions(ap_east_1="ENABLED")), B: some_facts(DENIED, DENIED)}
REFUSED = (Undelivered("a", "InvalidInput", "no"), Undelivered("b", "InvalidInput", "no"))
RECEIPTS = (
    Receipt(Destination.SECURITY_HUB, frozenset("cdefg"), REFUSED),
    Receipt(Destination.SNS, undelivered=(Undelivered("digest", "NotFound", "no"),)),
)
OF_THE_ORGANIZATION = {"AccountsInScope", "AccountsAudited", "AccountsNotAudited", "AccountsNotTried", "NonCompliant"}
"""What only a run of the whole organization can count."""


def _metrics(
    outcome: Outcome, capsys: pytest.CaptureFixture[str], throttled_calls: int = 0
) -> dict[tuple[str, str | None], Any]:
    """Return every metric by name and rule, read from the lines in CloudWatch's embedded metric format."""
    metrics = EphemeralMetrics(namespace="RegionProof", service="regionproof")
    count_outcome(metrics, outcome, throttled_calls)
    metrics.flush_metrics()
    found: dict[tuple[str, str | None], Any] = {}
    for line in capsys.readouterr().out.splitlines():
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == "RegionProof"
            for metric in directive["Metrics"]:
                found[metric["Name"], document.get("Rule")] = document[metric["Name"]]
                assert all(name in document for dimensions in directive["Dimensions"] for name in dimensions)
    return found


def test_a_run_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Accounts, findings of every rule, what did not arrive, the calls that were throttled, and the time."""
    counted = _metrics(Outcome(a_report(FACTS), receipts=RECEIPTS), capsys, throttled_calls=7)
    assert counted == {
        ("AccountsInScope", None): [3.0],
        ("AccountsAudited", None): [2.0],
        ("AccountsNotAudited", None): [1.0],
        ("AccountsNotTried", None): [0.0],
        ("RunCompleted", None): [1.0],
        ("LedgerSetAside", None): [0.0],
        ("SettingsWithoutEffect", None): [0.0],
        ("ThrottledCalls", None): [7.0],
        ("FindingsNotDelivered", None): [3.0],
        ("RunDuration", None): [0.0],
        ("NonCompliant", "Coverage.1"): [1.0],
        ("NonCompliant", "Regions.1"): [0.0],
        ("NonCompliant", "STS.1"): [1.0],
    }


def test_a_run_without_any_finding_sends_zeros(capsys: pytest.CaptureFixture[str]) -> None:
    """So that an alarm can come back to rest."""
    outcome = Outcome(a_report({A: some_facts(TokenVersion(2))}), receipts=(Receipt(Destination.SNS),))
    counted = _metrics(outcome, capsys)
    not_zero = {"AccountsInScope", "AccountsAudited", "RunCompleted"}
    assert {value for (name, _rule), (value,) in counted.items() if name not in not_zero} == {0.0}
    assert counted["NonCompliant", "STS.1"] == [0.0]
    assert counted["FindingsNotDelivered", None] == [0.0]


def test_a_ledger_that_was_set_aside_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """An alarm hangs on it."""
    outcome = Outcome(a_report(FACTS), receipts=RECEIPTS, ledger_unusable="it is damaged")
    assert _metrics(outcome, capsys)["LedgerSetAside", None] == [1.0]


def test_a_partial_run_counts_nothing_of_the_organization(capsys: pytest.CaptureFixture[str]) -> None:
    """An alarm would come to rest, or rise, by a run that did not look."""
    report = a_report(FACTS)
    part = dataclasses.replace(report, run=dataclasses.replace(report.run, requested=frozenset({A})))
    counted = _metrics(Outcome(part, receipts=RECEIPTS), capsys)
    assert {name for name, _rule in counted} & OF_THE_ORGANIZATION == set()
    assert ("RunCompleted", None) not in counted
    assert counted["FindingsNotDelivered", None] == [3.0]


def test_a_dry_run_is_no_completed_run(capsys: pytest.CaptureFixture[str]) -> None:
    """The alarm for silence waits for one that told someone."""
    assert ("RunCompleted", None) not in _metrics(Outcome(a_report(FACTS)), capsys)


def test_accounts_that_were_not_tried_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Apart from those that could not be read, of which they are a part."""
    late = AccountFacts({TokenVersion: OUT_OF_TIME, RegionOptStatuses: OUT_OF_TIME})
    counted = _metrics(Outcome(a_report({**FACTS, "444444444444": late}), receipts=RECEIPTS), capsys)
    assert counted["AccountsNotTried", None] == [1.0]
    assert counted["AccountsNotAudited", None] == [2.0]


@pytest.mark.parametrize(
    ("facts", "audited", "unread"),
    [
        (some_facts(), True, []),
        (some_facts(DENIED, DENIED), False, ["sts:AssumeRole AccessDenied"]),
        (some_facts(opt_in=ReadFailure("account:ListRegions", "X", "secret")), False, ["account:ListRegions X"]),
    ],
)
def test_an_account_is_one_line_at_debug(facts: AccountFacts, audited: bool, unread: list[str]) -> None:  # noqa: FBT001
    """With the calls and codes that failed, without AWS's message."""
    log = RecordingLog()
    log_account(log.logger, an_account(A), facts)
    (line,) = log.lines
    assert (line["level"], line["message"], line["account_id"]) == ("DEBUG", "audit.account_read", A)
    assert (line["audited"], line["unread"]) == (audited, unread)


def test_a_run_is_one_line_at_info() -> None:
    """The summary and what was delivered."""
    log = RecordingLog()
    reconciliation = news(FACTS)
    log_outcome(log.logger, Outcome(reconciliation.report, reconciliation.changes, RECEIPTS), 3)
    (line,) = log.lines
    assert (line["level"], line["message"]) == ("INFO", "audit.finished")
    assert line["summary"]["noncompliant"] == 2
    assert line["run"]["id"] == "run-1"
    assert line["throttled_calls"] == 3
    assert line["changes"] == {"NEWLY_NONCOMPLIANT": 1, "NOT_AUDITABLE": 1}
    assert line["delivery"] == {
        "Security Hub": {"delivered": 5, "undelivered": 2},
        "SNS": {"delivered": 0, "undelivered": 1},
    }


def test_a_summary_of_50_000_accounts_not_tried_stays_small() -> None:
    """Below what Step Functions takes of a task and what a line of the log may have; the count says how many."""
    late = AccountFacts({TokenVersion: OUT_OF_TIME, RegionOptStatuses: OUT_OF_TIME})
    report = a_report({A: late})
    (result,) = report.not_tried
    many = tuple(
        dataclasses.replace(result, account=dataclasses.replace(result.account, id=str(200000000000 + number)))
        for number in range(50_000)
    )
    document = outcome_document(Outcome(dataclasses.replace(report, accounts=many)), 0)
    assert len(document["not_tried"]) == NOT_TRIED_NAMED
    assert document["summary"]["accounts_not_tried"] == 50_000
    assert len(json.dumps(document)) < 100_000


def test_a_ledger_that_was_set_aside_is_a_line_of_its_own_at_error() -> None:
    """With the reason, before the summary."""
    log = RecordingLog()
    log_outcome(log.logger, Outcome(a_report(FACTS), ledger_unusable="its format is 2"), 0)
    aside, _finished = log.lines
    assert (aside["level"], aside["message"], aside["reason"]) == ("ERROR", "ledger.set_aside", "its format is 2")
