"""The state machine of a run in steps, and all that comes with it; with the engine lambda there is none of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.metrics import EphemeralMetrics

from regionproof.domain.receipts import Destination, Receipt
from regionproof.domain.run import Outcome
from regionproof.event import read_event
from regionproof.permissions import RUN_ACTIONS, RUN_PREFIX
from regionproof.steps.requests import BATCHES_AT_ONCE
from regionproof.steps.run import Conclusion
from regionproof.steps.telemetry import count_failed_batches
from stacks.constructs.audit_state_machine import LONGEST_RUN
from stacks.metrics import NAMESPACE, SERVICE
from tests.support.builders import a_report

from .synthesis import rights
from .test_audit_alarms import condition, sent

if TYPE_CHECKING:
    from .synthesis import Synthesized

MACHINE = "${InSteps/Machine}"
FUNCTION = "${Audit/Function.Arn}"
STATES_ARN = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
RUN_FILES = {(action, f"${{Ledger/Bucket.Arn}}/{RUN_PREFIX}*") for action in RUN_ACTIONS}


@pytest.fixture(scope="module")
def states(in_steps: Synthesized) -> dict[str, Any]:
    """Return the states of the machine."""
    found: dict[str, Any] = definition(in_steps)["States"]
    return found


def definition(in_steps: Synthesized) -> dict[str, Any]:
    """Return what the machine does, as Step Functions reads it."""
    found: dict[str, Any] = json.loads(in_steps.properties("InSteps/Machine")["DefinitionString"])
    return found


def within(state: dict[str, Any]) -> dict[str, Any]:
    """Return the one state of each batch of a map."""
    (found,) = state["ItemProcessor"]["States"].values()
    assert isinstance(found, dict)
    return found


def tasks(states: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return every call of the function, by the name of its state or of its map."""
    found = {name: within(state) if state["Type"] == "Map" else state for name, state in states.items()}
    return {name: state for name, state in found.items() if state["Type"] == "Task"}


def test_without_the_engine_there_is_no_machine_and_no_right_for_it(audit: Synthesized, in_steps: Synthesized) -> None:
    """The function of a run in steps may do two things more, and no one may do less."""
    assert audit.paths("AWS::StepFunctions::StateMachine") == []
    assert "states" not in json.dumps([audit.properties(path) for path in audit.paths("AWS::IAM::Role")])
    assert rights(in_steps.properties("Audit/Role")) - rights(audit.properties("Audit/Role")) == RUN_FILES
    assert rights(audit.properties("Audit/Role")) <= rights(in_steps.properties("Audit/Role"))
    assert in_steps.outputs() == {**audit.outputs(), "StateMachineArn": MACHINE}


def test_the_machine_plans_collects_and_concludes(states: dict[str, Any]) -> None:
    """And, where something was left out, collects and concludes the rest. Each state calls the one function."""
    ways = {name: state.get("Next") for name, state in states.items()}
    assert ways == {
        "Plan": "Collect",
        "Collect": "Conclude",
        "Conclude": "AnythingLeftOut",
        "AnythingLeftOut": None,
        "CollectSecondPass": "ConcludeSecondPass",
        "ConcludeSecondPass": "Done",
        "Done": None,
    }
    assert states["Done"]["Type"] == "Succeed"
    assert tasks(states).keys() == {"Plan", "Collect", "Conclude", "CollectSecondPass", "ConcludeSecondPass"}
    for state in tasks(states).values():
        assert state["Resource"] == "arn:${AWS::Partition}:states:::lambda:invoke"
        assert state["Parameters"]["FunctionName"] == FUNCTION


def test_the_rest_is_read_where_accounts_were_left_out_and_nowhere_else(states: dict[str, Any]) -> None:
    """The conclusion says how many."""
    choice = states["AnythingLeftOut"]
    assert (choice["Choices"], choice["Default"]) == (
        [{"Variable": "$.second_pass.accounts", "NumericGreaterThan": 0, "Next": "CollectSecondPass"}],
        "Done",
    )


def test_an_execution_returns_the_summary_of_the_run_and_that_of_its_rest(states: dict[str, Any]) -> None:
    """Side by side."""
    for name in ("Plan", "Collect", "Conclude"):
        assert tasks(states)[name]["OutputPath"] == "$.Payload"
    last = states["ConcludeSecondPass"]
    assert (last["ResultSelector"], last["ResultPath"]) == ({"summary.$": "$.Payload"}, "$.second_pass")
    assert last.get("OutputPath", "$") == "$"


def test_the_events_of_the_machine_are_those_that_the_function_understands(states: dict[str, Any]) -> None:
    """With the paths filled in as Step Functions does."""
    filled = {"$$.Execution.Name": "a", "$$.Execution.Input": {}, "$.run": "a", "$$.Map.Item.Value": 3}
    filled["$.second_pass.run"] = "a/second-pass"
    for name in ("Collect", "CollectSecondPass"):
        assert within(states[name])["Parameters"]["Payload.$"] == "$"
    for event in (
        states["Plan"]["Parameters"]["Payload"],
        states["Collect"]["ItemSelector"],
        states["Conclude"]["Parameters"]["Payload"],
        states["CollectSecondPass"]["ItemSelector"],
        states["ConcludeSecondPass"]["Parameters"]["Payload"],
    ):
        read_event({name.removesuffix(".$"): filled.get(value, value) for name, value in event.items()})


@pytest.mark.parametrize(
    ("name", "batches", "label"), [("Collect", "$", "Batches"), ("CollectSecondPass", "$.second_pass", "SecondPass")]
)
def test_batches_run_side_by_side(states: dict[str, Any], name: str, batches: str, label: str) -> None:
    """As many at once as share the quotas, each its own execution, whose result no one carries along."""
    collect = states[name]
    assert collect["MaxConcurrency"] == BATCHES_AT_ONCE
    assert collect["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert (collect["ItemsPath"], collect["ResultPath"]) == (f"{batches}.batches", None)
    assert (collect["ItemSelector"]["run.$"], collect["Label"]) == (f"{batches}.run", label)


def test_no_batch_keeps_a_run_from_its_conclusion_and_a_redrive_finds_those_that_failed(states: dict[str, Any]) -> None:
    """A map that bore its failures has ended, and a redrive never comes back to it. So the last one bears none."""
    assert states["Collect"]["ToleratedFailurePercentage"] == 100
    assert states["CollectSecondPass"].get("ToleratedFailurePercentage", 0) == 0
    assert "ToleratedFailureCount" not in states["CollectSecondPass"]
    assert not [name for name, state in {**states, **tasks(states)}.items() if "Catch" in state]


def test_every_step_is_tried_again_after_a_pause(states: dict[str, Any]) -> None:
    """A batch three times, the others once; and longer where Lambda itself is at fault or has no room."""
    tries = {"Plan": 1, "Conclude": 1, "Collect": 3, "CollectSecondPass": 1, "ConcludeSecondPass": 1}
    for name, state in tasks(states).items():
        of_lambda, all_else = state["Retry"]
        assert "Lambda.TooManyRequestsException" in of_lambda["ErrorEquals"]
        assert (of_lambda["MaxAttempts"], of_lambda["IntervalSeconds"]) == (6, 10)
        assert (all_else["ErrorEquals"], all_else["MaxAttempts"]) == (["States.ALL"], tries[name])
        assert all_else["JitterStrategy"] == "FULL"


def test_a_run_ends_in_time_for_the_silence_alarm(audit: Synthesized, in_steps: Synthesized) -> None:
    """It looks back as much longer as a run in steps may last longer than one call, in full hours."""
    assert definition(in_steps)["TimeoutSeconds"] == LONGEST_RUN.to_seconds() == 6 * 3600
    hours = {name: stack.alarms()["silence"]["EvaluationPeriods"] for name, stack in (("1", audit), ("n", in_steps))}
    assert hours["n"] - hours["1"] == 5


def test_the_machine_may_call_one_function_and_run_its_own_batches(in_steps: Synthesized) -> None:
    """No version of the function, no other machine, no log.

    The executions of batches carry the label of their map in their ARN, and IAM's `*` matches no name without it.
    """
    own = {f"{STATES_ARN}:execution:RegionProof{label}:*" for label in ("", "/Batches", "/SecondPass")}
    assert rights(in_steps.properties("InSteps/Role")) == {
        ("lambda:InvokeFunction", FUNCTION),
        ("states:StartExecution", f"{STATES_ARN}:stateMachine:RegionProof"),
        *(("states:DescribeExecution", execution) for execution in own),
        *(("states:StopExecution", execution) for execution in own),
        ("states:RedriveExecution", f"{STATES_ARN}:execution:RegionProof/Batches:*"),
        ("states:RedriveExecution", f"{STATES_ARN}:execution:RegionProof/SecondPass:*"),
    }
    assert in_steps.properties("InSteps/Machine")["StateMachineName"] == "RegionProof"
    assert in_steps.paths("AWS::IAM::Policy") == []


def test_the_role_of_the_machine_can_be_taken_by_machines_of_this_account_only(in_steps: Synthesized) -> None:
    """Another customer's machine that names this role gets nothing."""
    (trust,) = in_steps.properties("InSteps/Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"},
        "ArnLike": {"aws:SourceArn": f"{STATES_ARN}:stateMachine:*"},
    }


def test_the_schedule_starts_the_machine_and_nothing_else(audit: Synthesized, in_steps: Synthesized) -> None:
    """With the same event, the same retries and the same dead letters as it would call the function."""
    target = in_steps.properties("Schedule/Schedule")["Target"]
    assert target == {**audit.properties("Schedule/Schedule")["Target"], "Arn": MACHINE}
    assert rights(in_steps.properties("Schedule/Role")) == {
        ("states:StartExecution", MACHINE),
        ("sqs:SendMessage", "${DeadLetters/Queue.Arn}"),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("executions failed", f"AWS/States ExecutionsFailed StateMachineArn={MACHINE}: Sum of 3600 s >= 1"),
        ("executions timed out", f"AWS/States ExecutionsTimedOut StateMachineArn={MACHINE}: Sum of 3600 s >= 1"),
        ("executions aborted", f"AWS/States ExecutionsAborted StateMachineArn={MACHINE}: Sum of 3600 s >= 1"),
        ("batches failed", "RegionProof BatchesFailed service=regionproof: Maximum of 300 s >= 1"),
    ],
)
def test_every_fault_of_a_run_in_steps_has_its_alarm(in_steps: Synthesized, name: str, expected: str) -> None:
    """Each tells the operators when it begins and when it is over, what it means and what to do."""
    alarm = in_steps.alarms()[name]
    assert condition(alarm) == expected
    assert alarm["AlarmActions"] == alarm["OKActions"] == ["${Operations/Topic}"]
    assert alarm["AlarmDescription"].count(". ") >= 1
    if name.startswith("executions"):
        assert "redrive-execution" in alarm["AlarmDescription"]


def test_a_run_in_steps_has_these_alarms_more_than_a_run_in_one_call(audit: Synthesized, in_steps: Synthesized) -> None:
    """A new one gets its line above."""
    more = {"executions failed", "executions timed out", "executions aborted", "batches failed"}
    assert in_steps.alarms().keys() == audit.alarms().keys() | more


def test_the_alarm_of_batches_watches_what_the_last_step_sends(
    in_steps: Synthesized, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Same namespace, name and dimensions."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", SERVICE)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE)
    metrics = EphemeralMetrics()
    count_failed_batches(metrics, Conclusion(Outcome(a_report({}), receipts=(Receipt(Destination.SNS),)), 0, (), {}))
    metrics.flush_metrics()
    alarm = in_steps.alarms()["batches failed"]
    dimensions = tuple(sorted(dimension["Name"] for dimension in alarm["Dimensions"]))
    assert sent(capsys.readouterr().out) == [(alarm["MetricName"], dimensions)]


def test_the_files_of_runs_go_when_no_run_can_be_redriven_any_more(audit: Synthesized, in_steps: Synthesized) -> None:
    """With both engines: who changes the engine leaves nothing behind. The ledger stays as it is."""
    for stack in (audit, in_steps):
        rules = {rule["Id"]: rule for rule in stack.properties("Ledger/Bucket")["LifecycleConfiguration"]["Rules"]}
        rule = rules["ForgetFilesOfRuns"]
        assert (rule["Prefix"], rule["Status"]) == (RUN_PREFIX, "Enabled")
        assert rule["ExpirationInDays"] > 14
        assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
        assert [one for one in rules.values() if "ExpirationInDays" in one] == [rule]


def test_the_machine_names_no_partition_no_account_and_no_region(in_steps: Synthesized) -> None:
    """Its definition is text within the template."""
    machine = json.dumps([in_steps.resource(f"InSteps/{name}") for name in ("Machine", "Role")])
    assert set(re.findall(r"[\w.-]*amazonaws\.com[\w.]*", machine)) == {"states.amazonaws.com"}
    assert not re.search(r"arn:aws|\b\d{12}\b|\b[a-z]{2}-[a-z]+-\d\b", machine)
