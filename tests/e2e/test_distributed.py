"""A run in steps: started by the schedule, with the verdicts of a run in one call, also when batches fail."""

from __future__ import annotations

import json
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from demo.deployment import Deployment
from demo.observer import Observer
from emulator.faults.fault import ErrorAnswer, Fault
from emulator.process import LocalAws

from .expected import expectation
from .stage import MANAGEMENT_ACCOUNT_ID, SCHEDULER_MINUTE_SECONDS, Stage, failed_by_rule, write_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.network

FUNCTION_ROLE = "RegionProofAuditFunction"
BATCHES = 4
KILLED = 2
OBJECTS_OF_A_PLAN = BATCHES + 2


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Return a deployment with a state machine, which the schedule started once."""
    options = ("--scheduler-minute", str(SCHEDULER_MINUTE_SECONDS))
    with LocalAws(options=options) as aws, tempfile.TemporaryDirectory(prefix="regionproof-e2e-") as folder:
        settings = Path(folder) / "regionproof.yaml"
        write_settings(settings, "rate(1 minute)")
        settings.write_text(f"engine: step-functions\n{settings.read_text(encoding='utf-8')}", encoding="utf-8")
        deployment = Deployment(aws, MANAGEMENT_ACCOUNT_ID, settings, Path(folder))
        deployment.client("securityhub").enable_security_hub(EnableDefaultStandards=False)
        deployment.bootstrap()
        without_waiting(aws)
        observer = Observer(deployment, deployment.deploy())
        yield Stage(deployment, observer, observer.subscribe_queue())


def without_waiting(aws: LocalAws) -> None:
    """Let the state machine try again at once."""
    content = json.dumps({"stepfunctions._SFN_WAIT_SCALE": 0}).encode()
    with urllib.request.urlopen(f"{aws.endpoint_url}/_ministack/config", data=content) as answer:  # noqa: S310  # it is http://127.0.0.1
        assert "stepfunctions._SFN_WAIT_SCALE" in json.load(answer)["applied"]


def executions(stage: Stage) -> list[dict[str, Any]]:
    """Return the executions of the state machine, without those of batches."""
    listed = stage.deployment.client("stepfunctions").list_executions(stateMachineArn=machine(stage))
    found: list[dict[str, Any]] = listed["executions"]
    return found


def machine(stage: Stage) -> str:
    """Return the ARN of the state machine."""
    return stage.observer.outputs["StateMachineArn"]


def stop_the_schedule(stage: Stage) -> None:
    """Disable the schedule, and wait until nothing runs."""
    scheduler = stage.deployment.client("scheduler")
    schedule = scheduler.get_schedule(Name=stage.observer.outputs["ScheduleName"])
    kept = ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    scheduler.update_schedule(**{name: schedule[name] for name in kept}, State="DISABLED")
    wait(lambda: all(one["status"] != "RUNNING" for one in executions(stage)))


def wait(fulfilled: Any, seconds: float = 60) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not fulfilled():
        assert time.monotonic() < end, f"not within {seconds:.0f} seconds"
        time.sleep(0.1)


def execute(stage: Stage, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Run an execution to its end and return it."""
    client = stage.deployment.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine(stage), name=name, input=json.dumps(request))["executionArn"]
    wait(lambda: client.describe_execution(executionArn=arn)["status"] != "RUNNING")
    ended: dict[str, Any] = client.describe_execution(executionArn=arn)
    return ended


def batches(stage: Stage, execution: Mapping[str, Any], label: str = "Batches") -> dict[str, int]:
    """Return how many batches of a map of an execution succeeded and failed."""
    client = stage.deployment.client("stepfunctions")
    runs = client.list_map_runs(executionArn=execution["executionArn"])["mapRuns"]
    (run,) = (run for run in runs if f"/{label}:" in run["mapRunArn"])
    counts = client.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
    return {name: counts[name] for name in ("succeeded", "failed", "total")}


@contextmanager
def denied(stage: Stage, action: str, keys: str) -> Iterator[None]:
    """Deny the function an action on objects of the ledger's bucket."""
    iam, bucket = stage.client_of(MANAGEMENT_ACCOUNT_ID, "iam"), stage.observer.outputs["LedgerBucketName"]
    statement = {"Effect": "Deny", "Action": action, "Resource": f"arn:aws:s3:::{bucket}/{keys}"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_role_policy(RoleName=FUNCTION_ROLE, PolicyName="Denied", PolicyDocument=json.dumps(document))
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=FUNCTION_ROLE, PolicyName="Denied")


def assert_security_hub_tells_the_truth(stage: Stage) -> None:
    """Compare Security Hub with the file of the sample organization."""
    expected = expectation()
    assert failed_by_rule(stage.observer.findings(), expected.exempt()) == expected.noncompliant()


def test_the_schedule_starts_a_run_in_steps_with_the_verdicts_of_a_run_in_one_call(stage: Stage) -> None:
    """No one starts anything by hand; then one call of the function finds nothing that it would tell otherwise."""
    wait(lambda: executions(stage), seconds=10 * SCHEDULER_MINUTE_SECONDS)
    stop_the_schedule(stage)
    alert = stage.observer.wait_for_alert(stage.queue_url, seconds=SCHEDULER_MINUTE_SECONDS)
    assert {change["account_id"] for change in alert["changes"]} == {
        account_id for found in expectation().noncompliant().values() for account_id, _ in found
    }
    assert {one["status"] for one in executions(stage)} == {"SUCCEEDED"}
    first = executions(stage)[-1]
    assert batches(stage, first) == {"succeeded": BATCHES, "failed": 0, "total": BATCHES}
    assert (
        len(stage.deployment.client("stepfunctions").list_map_runs(executionArn=first["executionArn"])["mapRuns"]) == 1
    )
    assert_security_hub_tells_the_truth(stage)


def test_an_execution_returns_the_summary_of_a_run_in_one_call(stage: Stage) -> None:
    """Neither has a change to report after the other."""
    in_one_call = stage.invoke({})
    in_steps = json.loads(execute(stage, "whole", {})["output"])
    for part in ("organization", "summary", "not_tried", "changes", "delivery"):
        assert in_steps[part] == in_one_call[part], part
    assert in_steps["changes"] == {}
    assert_security_hub_tells_the_truth(stage)


def test_the_input_of_an_execution_asks_as_the_event_of_the_function_does(stage: Stage) -> None:
    """For a part of the organization, without any effect."""
    before = len(stage.deployment.aws.calls())
    some = json.loads(execute(stage, "some", {"accounts": ["400000000001"], "dry_run": True})["output"])
    assert (some["run"]["partial"], some["run"]["id"], some["delivery"]) == (True, "some", {})
    calls = stage.deployment.aws.calls(after=before)
    assert [call["account"] for call in calls if call["action"] == "iam:GetAccountSummary"] == ["400000000001"]


def left_out() -> list[str]:
    """Return the ids of the accounts of the batch that is killed."""
    active = sorted(expectation().active)
    size = -(-len(active) // BATCHES)
    return active[KILLED * size : (KILLED + 1) * size]


def test_a_batch_that_is_killed_leaves_out_its_accounts_and_they_are_read_once_more(stage: Stage) -> None:
    """In every try. The run tells the rest; then what was left out is read as its own run, and told."""
    with denied(stage, "s3:PutObject", f"runs/late/facts/{KILLED:05}.json.gz"):
        ended = execute(stage, "late", {})
    assert ended["status"] == "SUCCEEDED"
    assert batches(stage, ended) == {"succeeded": BATCHES - 1, "failed": 1, "total": BATCHES}
    assert batches(stage, ended, "SecondPass")["failed"] == 0
    summary = json.loads(ended["output"])
    assert (summary["not_tried"], summary["changes"]) == (left_out(), {"NOT_TRIED": 1})
    assert summary["summary"]["accounts_audited"] == len(expectation().audited - set(left_out()))
    second_pass = summary["second_pass"]["summary"]
    assert (second_pass["run"]["id"], second_pass["not_tried"], second_pass["changes"]) == ("late/second-pass", [], {})
    assert second_pass["summary"]["accounts_audited"] == len(expectation().audited & set(left_out()))
    assert_security_hub_tells_the_truth(stage)


def test_an_execution_fails_where_a_batch_can_never_be_read_and_a_redrive_reads_it(stage: Stage) -> None:
    """All else is told before. The local AWS has no redrive: the calls that it would make are made by hand."""
    updated = {finding["Id"]: finding["UpdatedAt"] for finding in stage.observer.findings()}
    with denied(stage, "s3:PutObject", f"runs/killed/*facts/{KILLED:05}.json.gz"):
        ended = execute(stage, "killed", {})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    assert batches(stage, ended, "SecondPass")["failed"] == 1
    assert_security_hub_tells_the_truth(stage)
    untouched = {f["Id"].split("/")[2] for f in stage.observer.findings() if f["UpdatedAt"] == updated[f["Id"]]}
    assert untouched & set(expectation().active) == set(left_out())
    before = len(stage.deployment.aws.calls())
    stage.invoke({"step": "collect", "run": "killed/second-pass", "batch": KILLED})
    summary = stage.invoke({"step": "conclude", "run": "killed/second-pass"})
    read = {c["account"] for c in stage.deployment.aws.calls(after=before) if c["action"] == "iam:GetAccountSummary"}
    assert read < set(left_out())
    assert summary["not_tried"] == []
    assert summary["summary"]["accounts_audited"] == len(expectation().audited & set(left_out()))
    assert_security_hub_tells_the_truth(stage)


def test_a_batch_that_fails_once_is_healed_by_its_retry(stage: Stage) -> None:
    """S3 refuses the facts of one batch once; nothing of that is left in the result."""
    refusal = ErrorAnswer("AccessDenied", "not this time", 403)
    with stage.deployment.aws.inject(Fault("s3:PutObject", refusal, skip=OBJECTS_OF_A_PLAN, times=1)) as fault:
        ended = execute(stage, "healed", {})
        assert fault.injected() == 1
    assert batches(stage, ended) == {"succeeded": BATCHES, "failed": 0, "total": BATCHES}
    summary = json.loads(ended["output"])
    assert summary["not_tried"] == []
    assert summary["summary"]["accounts_audited"] == len(expectation().audited)
    assert_security_hub_tells_the_truth(stage)


def test_a_run_that_failed_at_its_end_is_taken_up_there(stage: Stage) -> None:
    """A redrive calls the step that failed again, with the same event: no account is read again."""
    with denied(stage, "s3:PutObject", "ledger/*"):
        ended = execute(stage, "broken", {})
    assert ended["status"] == "FAILED"
    assert "PutObject" in ended["cause"]
    before = len(stage.deployment.aws.calls())
    summary = stage.invoke({"step": "conclude", "run": "broken"})
    assert summary["summary"]["accounts_audited"] == len(expectation().audited)
    actions = {call["action"] for call in stage.deployment.aws.calls(after=before)}
    assert not actions & {"sts:AssumeRole", "organizations:ListAccounts"}
    assert_security_hub_tells_the_truth(stage)
