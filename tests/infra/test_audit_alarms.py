"""The alarms: what each looks at, from which value on, until when, and whom it tells."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.metrics import EphemeralMetrics

from regionproof.domain.receipts import Destination, Receipt
from regionproof.domain.run import Outcome
from regionproof.telemetry import count_outcome
from stacks.metrics import NAMESPACE, SERVICE
from tests.support.builders import a_report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .synthesis import Assembly, Synthesized

FUNCTION = "FunctionName=${Audit/Function}"
QUEUE = "QueueName=${DeadLetters/Queue.QueueName}"
RUN = "service=regionproof"
LARGEST_DESCRIPTION = 1024
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""


def dimensions(alarm: Mapping[str, Any]) -> str:
    """Spell the dimensions of an alarm's metric."""
    return ",".join(f"{dimension['Name']}={dimension['Value']}" for dimension in alarm["Dimensions"])


def condition(alarm: Mapping[str, Any]) -> str:
    """Spell when an alarm begins."""
    compared = {"GreaterThanOrEqualToThreshold": ">="}[alarm["ComparisonOperator"]]
    metric = f"{alarm['Namespace']} {alarm['MetricName']} {dimensions(alarm)}"
    return f"{metric}: {alarm['Statistic']} of {alarm['Period']} s {compared} {alarm['Threshold']}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("function errors", f"AWS/Lambda Errors {FUNCTION}: Sum of 3600 s >= 1"),
        ("function throttles", f"AWS/Lambda Throttles {FUNCTION}: Sum of 3600 s >= 1"),
        ("duration near the time-out", f"AWS/Lambda Duration {FUNCTION}: Maximum of 3600 s >= 720000"),
        ("dead letters", f"AWS/SQS ApproximateNumberOfMessagesVisible {QUEUE}: Maximum of 300 s >= 1"),
        ("accounts not audited", f"RegionProof AccountsNotAudited {RUN}: Maximum of 300 s >= 1"),
        ("accounts not tried", f"RegionProof AccountsNotTried {RUN}: Maximum of 300 s >= 1"),
        ("findings not delivered", f"RegionProof FindingsNotDelivered {RUN}: Maximum of 300 s >= 1"),
        ("ledger set aside", f"RegionProof LedgerSetAside {RUN}: Maximum of 300 s >= 1"),
        ("settings without effect", f"RegionProof SettingsWithoutEffect {RUN}: Maximum of 300 s >= 1"),
    ],
)
def test_every_fault_has_its_alarm(audit: Synthesized, name: str, expected: str) -> None:
    """One datapoint is enough: a run that fails is not to be averaged with those that do not."""
    alarm = audit.alarms()[name]
    assert condition(alarm) == expected
    assert alarm["EvaluationPeriods"] == alarm.get("DatapointsToAlarm", 1) == 1


def test_there_is_no_alarm_but_these_and_silence(audit: Synthesized) -> None:
    """A new alarm gets its line above."""
    assert audit.alarms().keys() == {
        "accounts not audited",
        "accounts not tried",
        "dead letters",
        "duration near the time-out",
        "findings not delivered",
        "function errors",
        "function throttles",
        "ledger set aside",
        "settings without effect",
        "silence",
    }


def test_time_out_near_is_eighty_percent_of_the_functions_own(audit: Synthesized) -> None:
    """Who shortens the function's time moves the alarm along."""
    seconds = audit.properties("Audit/Function")["Timeout"]
    assert audit.alarms()["duration near the time-out"]["Threshold"] == 0.8 * seconds * 1000


def test_alarm_of_an_invocation_looks_back_longer_than_an_invocation_lasts(audit: Synthesized) -> None:
    """Lambda files a measurement under the minute in which the invocation began, once it has ended."""
    seconds = audit.properties("Audit/Function")["Timeout"]
    periods = [alarm["Period"] for alarm in audit.alarms().values() if alarm["Namespace"] == "AWS/Lambda"]
    assert periods
    assert min(periods) >= 2 * seconds


def test_fault_lasts_until_a_run_without_it(audit: Synthesized) -> None:
    """Between two runs there is no data, and that fixes nothing. What counts what is left over ends with it."""
    missing = {name: alarm["TreatMissingData"] for name, alarm in audit.alarms().items()}
    assert missing.pop("silence") == "breaching"
    assert {name for name, treated in missing.items() if treated == "notBreaching"} == {
        "dead letters",
        "function throttles",
    }
    assert {treated for treated in missing.values() if treated != "notBreaching"} == {"ignore"}


def test_every_alarm_tells_the_operators_when_it_begins_and_when_it_is_over(
    audit: Synthesized, weekly: Assembly, in_steps: Synthesized
) -> None:
    """And no one else. Missing data is reported by one alarm only, where it means silence."""
    for alarm in (*audit.alarms().values(), *weekly.audit.alarms().values(), *in_steps.alarms().values()):
        assert alarm["AlarmActions"] == alarm["OKActions"] == ["${Operations/Topic}"]
        silent = alarm["AlarmName"] == "RegionProof silence" and alarm["TreatMissingData"] == "missing"
        assert alarm.get("InsufficientDataActions", []) == (["${Operations/Topic}"] if silent else [])
        assert alarm.get("ActionsEnabled", True) is True


def test_every_alarm_says_what_it_means_and_what_to_do(
    audit: Synthesized, weekly: Assembly, in_steps: Synthesized
) -> None:
    """Its mail is read at night, by someone who did not write it."""
    for alarm in (*audit.alarms().values(), *weekly.audit.alarms().values(), *in_steps.alarms().values()):
        description = alarm["AlarmDescription"]
        assert description.count(". ") >= 1
        assert len(description) <= LARGEST_DESCRIPTION
    assert "${Audit/Log}" in audit.alarms()["function errors"]["AlarmDescription"]


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("function errors", ("audit.failed", "Task timed out", "Traceback")),
        ("accounts not audited", ("Coverage.1", "is not counted")),
        (
            "accounts not tried",
            ("not_tried", "audit.finished", "next run", "engine: step-functions", "capacity.memory_mib", "scope"),
        ),
        ("duration near the time-out", ("engine: step-functions", "Soon accounts will be left out")),
        ("dead letters", ("invoke the function with the event {}",)),
    ],
)
def test_alarm_names_what_to_look_for(audit: Synthesized, name: str, named: tuple[str, ...]) -> None:
    """Every fault leaves another trace: a run out of time writes no line of its own, an account left out no finding."""
    description = audit.alarms()[name]["AlarmDescription"]
    assert [word for word in named if word not in description] == []


ONLY_IN_ONE_CALL = (
    "retried once, automatically. Search",
    "next run starts with them",
    "invoke the function",
    "Lambda tries again",
    "engine: step-functions",
    "Soon accounts will be left out",
)


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("function errors", ("a batch three times",)),
        ("function throttles", ("The state machine retries the step",)),
        ("duration near the time-out", ("A step of a run", "capacity.memory_mib")),
        ("dead letters", ("start an execution of the state machine", "with the input {}")),
        ("accounts not tried", ("their batches failed", "reads them again", "redrive")),
        ("batches failed", ("batch.failed", "reads the accounts again", "redrive")),
        (
            "executions failed",
            (
                "Plan or Collect: nothing was reported",
                "will be published again",
                "CollectSecondPass or ConcludeSecondPass",
            ),
        ),
    ],
)
def test_an_alarm_of_runs_in_steps_speaks_of_steps(in_steps: Synthesized, name: str, named: tuple[str, ...]) -> None:
    """What is true of one call would send its reader the wrong way."""
    description = in_steps.alarms()[name]["AlarmDescription"]
    assert [word for word in named if word not in description] == []


def test_no_alarm_says_what_holds_with_the_other_engine_only(audit: Synthesized, in_steps: Synthesized) -> None:
    """Neither way. Each of these sentences is in one of the two."""
    descriptions = {
        engine: " ".join(alarm["AlarmDescription"] for alarm in stack.alarms().values())
        for engine, stack in (("lambda", audit), ("steps", in_steps))
    }
    assert [said for said in ONLY_IN_ONE_CALL if said not in descriptions["lambda"]] == []
    assert [said for said in ONLY_IN_ONE_CALL if said in descriptions["steps"]] == []
    for said in ("redrive", "batch", "execution", "state machine"):
        assert said not in descriptions["lambda"]


def test_every_metric_of_a_run_that_an_alarm_watches_is_sent_by_a_run(
    audit: Synthesized, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Same namespace, name and dimensions: an alarm on anything else would never ring."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", SERVICE)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE)
    metrics = EphemeralMetrics()
    count_outcome(metrics, Outcome(a_report({}), receipts=(Receipt(Destination.SNS),)), 0)
    metrics.flush_metrics()
    watched = {
        (alarm["MetricName"], tuple(sorted(dimension["Name"] for dimension in alarm["Dimensions"])))
        for alarm in audit.alarms().values()
        if alarm["Namespace"] == NAMESPACE
    }
    assert watched - set(sent(capsys.readouterr().out)) == set()


def sent(log: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the (name, dimensions) of every metric in a log, as CloudWatch reads them."""
    directives = [d for line in log.splitlines() for d in json.loads(line)["_aws"]["CloudWatchMetrics"]]
    assert {directive["Namespace"] for directive in directives} == {NAMESPACE}
    return [
        (metric["Name"], tuple(sorted(dimensions)))
        for directive in directives
        for metric in directive["Metrics"]
        for dimensions in directive["Dimensions"]
    ]
