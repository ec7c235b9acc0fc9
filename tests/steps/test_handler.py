"""The steps as calls of the function, in a separate process, against a server on 127.0.0.1."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.aws_stub import AT_RISK, FINE, LOCKED, MANAGEMENT, LocalAws, local_aws
from tests.support.invocations import Invocations, invoke
from tests.test_handler import ENVIRONMENT, LEDGER, REFUSED_FINDING

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

RUN = "by-hand-1"
FILES = f"/regionproof-ledger/runs/{RUN}"
PLAN: dict[str, Any] = {"step": "plan", "run": RUN, "request": {}}
CONCLUDE = {"step": "conclude", "run": RUN}
SECOND_PASS = (
    {"step": "collect", "run": f"{RUN}/second-pass", "batch": 0},
    {"step": "conclude", "run": f"{RUN}/second-pass"},
)
LARGEST_STATE = 256 * 1024


def collect(batch: int) -> dict[str, Any]:
    """Return the event of a batch. The four active accounts make four batches, in the order of their ids."""
    return {"step": "collect", "run": RUN, "batch": batch}


@dataclass(frozen=True)
class FinishedCalls:
    """The outcomes of the calls, and the requests to AWS."""

    calls: Invocations
    aws: LocalAws

    @property
    def results(self) -> list[dict[str, Any]]:
        """Return the result of each call."""
        return [outcome["result"] for outcome in self.calls.outcomes]

    def logged(self, message: str) -> list[dict[str, Any]]:
        """Return the lines of the log with this message."""
        return [line for line in self.calls.logged if line["message"] == message]

    @property
    def metrics(self) -> dict[str, list[float]]:
        """Return the metrics, without those of individual rules."""
        return {
            metric["Name"]: line[metric["Name"]]
            for line in self.calls.metrics
            for directive in line["_aws"]["CloudWatchMetrics"]
            for metric in directive["Metrics"]
            if "Rule" not in line
        }


def call_function(folder: Path, *events: dict[str, Any]) -> FinishedCalls:
    """Call the function with each event in one process."""
    with local_aws(REFUSED_FINDING) as aws:
        return FinishedCalls(invoke(folder, events, {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws.url}), aws)


@pytest.fixture(scope="module")
def in_steps(tmp_path_factory: pytest.TempPathFactory) -> FinishedCalls:
    """Run every step, and the second batch twice."""
    events = (PLAN, collect(0), collect(1), collect(1), collect(2), collect(3), CONCLUDE)
    return call_function(tmp_path_factory.mktemp("task"), *events)


@pytest.fixture(scope="module")
def in_one_call(tmp_path_factory: pytest.TempPathFactory) -> FinishedCalls:
    """Run the audit in one call."""
    return call_function(tmp_path_factory.mktemp("task"), {})


@pytest.fixture(scope="module")
def without_one_batch(tmp_path_factory: pytest.TempPathFactory) -> FinishedCalls:
    """Run every step except one batch, that of the account at risk."""
    return call_function(
        tmp_path_factory.mktemp("task"), PLAN, collect(0), collect(2), collect(3), CONCLUDE, *SECOND_PASS
    )


def test_the_steps_return_the_batches_counts_and_the_summary(in_steps: FinishedCalls) -> None:
    """All of them are small enough for Step Functions."""
    plan, *batches, _summary = in_steps.results
    assert plan == {"run": RUN, "accounts": 4, "batches": [0, 1, 2, 3]}
    assert [result["audited"] for result in batches] == [1, 1, 1, 1, 0]
    assert all(len(json.dumps(result)) < LARGEST_STATE for result in in_steps.results)


def test_the_last_step_returns_the_same_as_a_run_in_one_call(
    in_steps: FinishedCalls, in_one_call: FinishedCalls
) -> None:
    """Only the id and the times of the run differ."""
    (expected,) = in_one_call.results
    summary = dict(in_steps.results[-1])
    assert summary.pop("second_pass") == {"run": RUN, "accounts": 0, "batches": []}
    assert {key: value for key, value in summary.items() if key != "run"} == {
        key: value for key, value in expected.items() if key != "run"
    }
    own = {"id", "started_at", "finished_at", "duration_seconds"}
    assert {key: value for key, value in summary["run"].items() if key not in own} == {
        key: value for key, value in expected["run"].items() if key not in own
    }
    assert summary["run"]["id"] == RUN


def test_the_same_findings_and_ledger_are_written(in_steps: FinishedCalls, in_one_call: FinishedCalls) -> None:
    """The same verdicts, one message, and two writes of the ledger: the intent, then the outcome."""
    for asked in (in_steps.aws.asked, in_one_call.aws.asked):
        assert len(asked["Publish"]) == 1
        intent, outcome = [condition for key, condition in asked["PutObject"] if key == LEDGER]
        assert intent == "*"
        assert re.fullmatch('"[0-9a-f]{32}"', outcome)
    assert verdicts(in_steps.aws) == verdicts(in_one_call.aws)
    assert in_steps.aws.asked["ListRegions"] == [MANAGEMENT, AT_RISK, FINE]


def verdicts(aws: LocalAws) -> list[tuple[str, str, str]]:
    """Return the id, status and severity of every imported finding."""
    return [
        (finding["Id"], finding["Compliance"]["Status"], finding["FindingProviderFields"]["Severity"]["Label"])
        for batch in aws.asked["BatchImportFindings"]
        for finding in batch
    ]


def test_the_run_is_counted_once_with_the_same_metrics(in_steps: FinishedCalls, in_one_call: FinishedCalls) -> None:
    """One more metric counts the failed batches, and is zero if there are none."""
    expected, metrics = in_one_call.metrics, in_steps.metrics
    expected.pop("RunDuration")
    metrics.pop("RunDuration")
    assert metrics == {**expected, "BatchesFailed": [0.0]}
    assert len([line for line in in_steps.calls.metrics if "RunCompleted" in line]) == 1


def test_every_line_of_the_log_names_the_run(in_steps: FinishedCalls) -> None:
    """A search for the run then finds all of its calls. At DEBUG the log has every account."""
    assert {line["run_id"] for line in in_steps.calls.logged} == {RUN}
    assert {line["account_id"] for line in in_steps.logged("audit.account_read")} == {MANAGEMENT, AT_RISK, FINE, LOCKED}
    (planned,) = in_steps.logged("run.planned")
    assert (planned["accounts"], planned["batches"]) == (4, 4)
    collected = in_steps.logged("batch.collected")
    assert [(line["batch"], line["audited"]) for line in collected] == [(0, 1), (1, 1), (1, 1), (2, 1), (3, 0)]
    assert len(in_steps.logged("audit.finished")) == 1


def test_a_batch_without_facts_is_logged_counted_and_reported(without_one_batch: FinishedCalls) -> None:
    """Its account is not tried. The other accounts are judged as usual."""
    summary = without_one_batch.results[4]
    assert summary["not_tried"] == [AT_RISK]
    assert summary["summary"]["accounts_audited"] == 2
    assert summary["changes"] == {"NOT_AUDITABLE": 1, "NOT_TRIED": 1}
    (failed,) = without_one_batch.logged("batch.failed")
    assert (failed["level"], failed["batch"], failed["accounts"]) == ("ERROR", 1, 1)
    assert without_one_batch.metrics["BatchesFailed"] == [1.0]
    assert without_one_batch.metrics["AccountsNotTried"] == [1.0]
    assert summary["second_pass"] == {"run": f"{RUN}/second-pass", "accounts": 1, "batches": [0]}


def test_the_second_pass_reads_and_reports_the_remaining_account(without_one_batch: FinishedCalls) -> None:
    """It is a partial run: it reports its findings, but clears no alarm about the organization."""
    batch, summary = without_one_batch.results[5:]
    assert batch == {"batch": 0, "accounts": 1, "audited": 1}
    assert (summary["run"]["partial"], summary["not_tried"]) == (True, [])
    assert summary["changes"] == {"NEWLY_NONCOMPLIANT": 1}
    assert [status for finding, status, _ in verdicts(without_one_batch.aws) if AT_RISK in finding] != []
    lines = without_one_batch.calls.metrics
    assert len([line for line in lines if "RunDuration" in line]) == 2
    for metric in ("BatchesFailed", "AccountsNotTried", "RunCompleted"):
        assert len([line for line in lines if metric in line]) == 1, metric


def test_a_step_that_fails_logs_the_reason_and_raises(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """This is a batch and a conclusion of a run that was never planned."""
    failed = call_function(tmp_path_factory.mktemp("task"), collect(0), CONCLUDE)
    assert [outcome["error"] for outcome in failed.calls.outcomes] == ["InvalidRunFile"] * 2
    assert [line["reason"] for line in failed.logged("audit.failed")] == [
        f"runs/{RUN}/batches/00000.json.gz does not exist",
        f"runs/{RUN}/plan.json.gz does not exist",
    ]
    assert "PutObject" not in failed.aws.asked
