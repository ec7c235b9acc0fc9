"""The steps as calls of the function: in a process of its own, against answers on 127.0.0.1."""

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
OF_SECOND_PASS = (
    {"step": "collect", "run": f"{RUN}/second-pass", "batch": 0},
    {"step": "conclude", "run": f"{RUN}/second-pass"},
)
LARGEST_STATE = 256 * 1024


def collect(batch: int) -> dict[str, Any]:
    """Return the event of a batch; the four open accounts make four batches, in the order of their ids."""
    return {"step": "collect", "run": RUN, "batch": batch}


@dataclass(frozen=True)
class Ran:
    """What the calls came to, and what AWS was asked."""

    calls: Invocations
    aws: LocalAws

    @property
    def results(self) -> list[dict[str, Any]]:
        """Return what each call returned."""
        return [outcome["result"] for outcome in self.calls.outcomes]

    def logged(self, message: str) -> list[dict[str, Any]]:
        """Return the lines of the log with a message."""
        return [line for line in self.calls.logged if line["message"] == message]

    @property
    def counted(self) -> dict[str, list[float]]:
        """Return the metrics without those of single rules."""
        return {
            metric["Name"]: line[metric["Name"]]
            for line in self.calls.metrics
            for directive in line["_aws"]["CloudWatchMetrics"]
            for metric in directive["Metrics"]
            if "Rule" not in line
        }


def ran(folder: Path, *events: dict[str, Any]) -> Ran:
    """Call the function with each event, warm."""
    with local_aws(REFUSED_FINDING) as aws:
        return Ran(invoke(folder, events, {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws.url}), aws)


@pytest.fixture(scope="module")
def in_steps(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Take every step, the second batch twice."""
    events = (PLAN, collect(0), collect(1), collect(1), collect(2), collect(3), CONCLUDE)
    return ran(tmp_path_factory.mktemp("task"), *events)


@pytest.fixture(scope="module")
def in_one_call(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Run in one call."""
    return ran(tmp_path_factory.mktemp("task"), {})


@pytest.fixture(scope="module")
def without_one_batch(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Take every step but one batch, that of the account at risk."""
    return ran(tmp_path_factory.mktemp("task"), PLAN, collect(0), collect(2), collect(3), CONCLUDE, *OF_SECOND_PASS)


def test_the_steps_return_the_batches_counts_and_the_summary(in_steps: Ran) -> None:
    """All of it small enough for Step Functions."""
    plan, *batches, _summary = in_steps.results
    assert plan == {"run": RUN, "accounts": 4, "batches": [0, 1, 2, 3]}
    assert [result["audited"] for result in batches] == [1, 1, 1, 1, 0]
    assert all(len(json.dumps(result)) < LARGEST_STATE for result in in_steps.results)


def test_the_last_step_returns_what_a_run_in_one_call_returns(in_steps: Ran, in_one_call: Ran) -> None:
    """But for the id and the times of the run."""
    (expected,) = in_one_call.results
    found = dict(in_steps.results[-1])
    assert found.pop("second_pass") == {"run": RUN, "accounts": 0, "batches": []}
    assert {key: value for key, value in found.items() if key != "run"} == {
        key: value for key, value in expected.items() if key != "run"
    }
    own = {"id", "started_at", "finished_at", "duration_seconds"}
    assert {key: value for key, value in found["run"].items() if key not in own} == {
        key: value for key, value in expected["run"].items() if key not in own
    }
    assert found["run"]["id"] == RUN


def test_the_same_is_published_and_remembered(in_steps: Ran, in_one_call: Ran) -> None:
    """The same findings and verdicts, one message, and the ledger: its intent if nothing is there, then its outcome."""
    for asked in (in_steps.aws.asked, in_one_call.aws.asked):
        assert len(asked["Publish"]) == 1
        intent, outcome = [condition for key, condition in asked["PutObject"] if key == LEDGER]
        assert intent == "*"
        assert re.fullmatch('"[0-9a-f]{32}"', outcome)
    assert verdicts(in_steps.aws) == verdicts(in_one_call.aws)
    assert in_steps.aws.asked["ListRegions"] == [MANAGEMENT, AT_RISK, FINE]


def verdicts(aws: LocalAws) -> list[tuple[str, str, str]]:
    """Return id, status and severity of every finding that was imported."""
    return [
        (finding["Id"], finding["Compliance"]["Status"], finding["FindingProviderFields"]["Severity"]["Label"])
        for batch in aws.asked["BatchImportFindings"]
        for finding in batch
    ]


def test_the_run_is_counted_once_and_by_the_same_metrics(in_steps: Ran, in_one_call: Ran) -> None:
    """One more metric tells of batches that failed, with a zero where none did."""
    expected, found = in_one_call.counted, in_steps.counted
    expected.pop("RunDuration")
    found.pop("RunDuration")
    assert found == {**expected, "BatchesFailed": [0.0]}
    assert len([line for line in in_steps.calls.metrics if "RunCompleted" in line]) == 1


def test_every_line_of_the_log_names_the_run(in_steps: Ran) -> None:
    """So that the calls of one run are found together; the accounts stand there at DEBUG."""
    assert {line["run_id"] for line in in_steps.calls.logged} == {RUN}
    assert {line["account_id"] for line in in_steps.logged("audit.account_read")} == {MANAGEMENT, AT_RISK, FINE, LOCKED}
    (planned,) = in_steps.logged("run.planned")
    assert (planned["accounts"], planned["batches"]) == (4, 4)
    collected = in_steps.logged("batch.collected")
    assert [(line["batch"], line["audited"]) for line in collected] == [(0, 1), (1, 1), (1, 1), (2, 1), (3, 0)]
    assert len(in_steps.logged("audit.finished")) == 1


def test_a_batch_that_left_nothing_is_logged_counted_and_told(without_one_batch: Ran) -> None:
    """Its account is not tried; the other accounts are as they are."""
    summary = without_one_batch.results[4]
    assert summary["not_tried"] == [AT_RISK]
    assert summary["summary"]["accounts_audited"] == 2
    assert summary["changes"] == {"NOT_AUDITABLE": 1, "NOT_TRIED": 1}
    (failed,) = without_one_batch.logged("batch.failed")
    assert (failed["level"], failed["batch"], failed["accounts"]) == ("ERROR", 1, 1)
    assert without_one_batch.counted["BatchesFailed"] == [1.0]
    assert without_one_batch.counted["AccountsNotTried"] == [1.0]
    assert summary["second_pass"] == {"run": f"{RUN}/second-pass", "accounts": 1, "batches": [0]}


def test_the_rest_is_read_and_told_by_the_same_function(without_one_batch: Ran) -> None:
    """It is a partial run: what it finds is told, and no alarm of the organization ends by it."""
    batch, summary = without_one_batch.results[5:]
    assert batch == {"batch": 0, "accounts": 1, "audited": 1}
    assert (summary["run"]["partial"], summary["not_tried"]) == (True, [])
    assert summary["changes"] == {"NEWLY_NONCOMPLIANT": 1}
    assert [status for finding, status, _ in verdicts(without_one_batch.aws) if AT_RISK in finding] != []
    lines = without_one_batch.calls.metrics
    assert len([line for line in lines if "RunDuration" in line]) == 2
    for metric in ("BatchesFailed", "AccountsNotTried", "RunCompleted"):
        assert len([line for line in lines if metric in line]) == 1, metric


def test_a_step_that_fails_says_so_in_the_log_and_to_the_state_machine(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A batch and a conclusion of a run that was never planned."""
    failed = ran(tmp_path_factory.mktemp("task"), collect(0), CONCLUDE)
    assert [outcome["error"] for outcome in failed.calls.outcomes] == ["InvalidRunFile"] * 2
    assert [line["reason"] for line in failed.logged("audit.failed")] == [
        f"runs/{RUN}/batches/00000.json.gz does not exist",
        f"runs/{RUN}/plan.json.gz does not exist",
    ]
    assert "PutObject" not in failed.aws.asked
