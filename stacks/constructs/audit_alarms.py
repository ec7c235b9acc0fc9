"""The alarms on the audit itself. The alarm on silence is in `silence_alarm.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from regionproof.steps.telemetry import BATCHES_FAILED
from regionproof.telemetry import LEDGER_SET_ASIDE, NOT_AUDITED, NOT_DELIVERED, NOT_TRIED, SETTINGS_IDLE
from stacks import metrics
from stacks.constructs.audit_function import LONGEST_RUN

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs
    from aws_cdk import aws_stepfunctions as sfn

# A run sends zeros as well: an alarm lasts until a run without the fault, not only until the next quiet minute.
UNTIL_A_RUN_CLEARS_IT = cloudwatch.TreatMissingData.IGNORE
UNTIL_NOTHING_IS_LEFT = cloudwatch.TreatMissingData.NOT_BREACHING
NEAR_THE_TIMEOUT = 0.8


@dataclass(frozen=True, slots=True)
class AlarmSources:
    """The sources of metrics besides the runs themselves. ``machine`` is None without ``engine: step-functions``."""

    function: lambda_.IFunction
    log_name: str
    dead_letters: sqs.IQueue
    machine: sfn.IStateMachine | None = None


@dataclass(frozen=True, slots=True)
class AlarmSpec:
    """One alarm: its metric, the value at which it fires, and its text: what it means and how to fix it."""

    id: str
    name: str
    metric: cloudwatch.IMetric
    meaning: str
    fix: str
    threshold: float = 1
    missing: cloudwatch.TreatMissingData = UNTIL_A_RUN_CLEARS_IT


class AuditAlarms(Construct):
    """One CloudWatch alarm per fault. Each notifies the operations topic when it fires and when it clears.

    A new alarm has no state. The first run without a fault sets it to OK, and each alarm notifies once that it works.
    """

    def __init__(self, scope: Construct, construct_id: str, *, watched: AlarmSources, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        of_the_engine = _alarms_in_steps(watched, watched.machine) if watched.machine else _alarms_in_one_call(watched)
        self.alarms = [self._alarm(spec, topic) for spec in (*of_the_engine, *_alarms_on_results())]

    def _alarm(self, spec: AlarmSpec, topic: sns.ITopic) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            spec.id,
            alarm_name=f"RegionProof {spec.name}",
            alarm_description=f"{spec.meaning} {spec.fix}",
            metric=spec.metric,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            threshold=spec.threshold,
            evaluation_periods=1,
            treat_missing_data=spec.missing,
        )
        notify(alarm, topic)
        return alarm


def notify(alarm: cloudwatch.Alarm, topic: sns.ITopic) -> None:
    """Make an alarm notify a topic when it fires and when it clears."""
    alarm.add_alarm_action(actions.SnsAction(topic))
    alarm.add_ok_action(actions.SnsAction(topic))


def _alarms_in_one_call(watched: AlarmSources) -> tuple[AlarmSpec, ...]:
    """Return the alarms on runs in one invocation."""
    return (
        _errors(watched, "A run of the audit failed. It is retried once, automatically."),
        _throttles(watched, "Lambda tries again for an hour."),
        _duration(
            watched,
            "A run took 80 % or more of the 15 minutes that Lambda allows. Soon accounts will be left out: give the "
            "function more memory (capacity.memory_mib in regionproof.yaml), or set engine: step-functions.",
        ),
        _dead_letters(
            watched,
            "An audit did not happen: a run failed for good, or the schedule could not start one.",
            "Read the message in the queue (output DeadLetterQueueUrl of the stack), fix the cause, invoke the "
            "function with the event {}, and delete the message.",
        ),
        _not_tried(
            "A run left accounts out: its time was up before their turn. The next run starts with them.",
            "The log line audit.finished lists them under not_tried; the alert names some of them. If this alarm "
            "stays, remove the time limit (engine: step-functions in regionproof.yaml), or give the function more "
            "memory, which makes it faster (capacity.memory_mib), or reduce the scope (scope).",
        ),
    )


def _alarms_in_steps(watched: AlarmSources, machine: sfn.IStateMachine) -> tuple[AlarmSpec, ...]:
    """Return the alarms on runs in steps."""
    return (
        _errors(
            watched,
            "A step of a run failed. Plan and conclude are retried once, a batch three times, automatically.",
        ),
        _throttles(watched, "The state machine retries the step for some minutes."),
        _duration(
            watched,
            "A step of a run took 80 % or more of the 15 minutes that Lambda allows. A batch without enough time "
            "continues when it is retried; plan and conclude fail. Give the function more memory "
            "(capacity.memory_mib in regionproof.yaml).",
        ),
        _dead_letters(
            watched,
            "An audit did not happen: the schedule could not start it.",
            "Read the message in the queue (output DeadLetterQueueUrl of the stack), fix the cause, start an "
            "execution of the state machine (output StateMachineArn) with the input {}, and delete the message.",
        ),
        *_alarms_on_executions(machine),
        _batches_failed(),
        _not_tried(
            "A run reported without some accounts: their batches failed or ran out of time. The same execution then "
            "reads them again; if it succeeded, they were read.",
            "The log line audit.finished lists them under not_tried; the alert names some of them. If the execution "
            "failed, fix the cause and redrive it (see the alarm on executions failed). Clears with the next full "
            "run that leaves out no account.",
        ),
    )


def _errors(watched: AlarmSources, meaning: str) -> AlarmSpec:
    return AlarmSpec(
        "Errors",
        "function errors",
        metrics.errors(watched.function),
        meaning,
        f"Search the log {watched.log_name} for audit.failed; if it is missing, for Task timed out, for "
        "Runtime.ExitError (out of memory), and for a Traceback. Clears with the next successful call.",
    )


def _throttles(watched: AlarmSources, retry: str) -> AlarmSpec:
    return AlarmSpec(
        "Throttles",
        "function throttles",
        metrics.throttles(watched.function),
        "Lambda could not start the audit at once: the account's concurrency was used up.",
        f"{retry} Free or raise the concurrency quota of this account and Region.",
        missing=UNTIL_NOTHING_IS_LEFT,
    )


def _duration(watched: AlarmSources, meaning: str) -> AlarmSpec:
    return AlarmSpec(
        "Duration",
        "duration near the time-out",
        metrics.duration(watched.function),
        meaning,
        "Compare the metrics AccountsInScope and ThrottledCalls of the last runs: more accounts, or slower calls?",
        threshold=NEAR_THE_TIMEOUT * LONGEST_RUN.to_milliseconds(),
    )


def _dead_letters(watched: AlarmSources, meaning: str, fix: str) -> AlarmSpec:
    waiting = metrics.waiting(watched.dead_letters)
    return AlarmSpec("DeadLetters", "dead letters", waiting, meaning, fix, missing=UNTIL_NOTHING_IS_LEFT)


def _not_tried(meaning: str, fix: str) -> AlarmSpec:
    return AlarmSpec("NotTried", "accounts not tried", metrics.of_run(NOT_TRIED), meaning, fix)


def _alarms_on_executions(machine: sfn.IStateMachine) -> tuple[AlarmSpec, ...]:
    """Return the alarms on executions that did not succeed."""
    fix = (
        "The history of the execution (output StateMachineArn of the stack) names the step and the error. Plan or "
        "Collect: nothing was reported yet. Conclude: some or all results may already have been published, and will "
        "be published again. CollectSecondPass or ConcludeSecondPass: everything was reported except the accounts "
        "whose batches failed. Fix the cause, then resume the execution within 14 days: aws stepfunctions "
        "redrive-execution --execution-arn ARN. Clears after an hour without another one."
    )
    ended = {
        "ExecutionsFailed": (machine.metric_failed, "executions failed", "A run did not complete."),
        "ExecutionsTimedOut": (machine.metric_timed_out, "executions timed out", "A run took longer than 6 hours."),
        "ExecutionsAborted": (machine.metric_aborted, "executions aborted", "Someone stopped a run."),
    }
    hourly: dict[str, Any] = {"period": metrics.LONGER_THAN_AN_INVOCATION, "statistic": cloudwatch.Stats.SUM}
    return tuple(
        AlarmSpec(id_, name, metric(**hourly), meaning, fix, missing=UNTIL_NOTHING_IS_LEFT)
        for id_, (metric, name, meaning) in ended.items()
    )


def _batches_failed() -> AlarmSpec:
    return AlarmSpec(
        "BatchesFailed",
        "batches failed",
        metrics.of_run(BATCHES_FAILED),
        "Batches of accounts failed in every attempt. The run reported without their accounts.",
        "Search the log for batch.failed, and before it for audit.failed. The same execution then reads the accounts "
        "again; if that failed too, it is FAILED: fix the cause and redrive it. Clears with the next full run whose "
        "batches succeed.",
    )


def _alarms_on_results() -> tuple[AlarmSpec, ...]:
    """Return the alarms on gaps that a completed run counts."""
    return (
        AlarmSpec(
            "NotAudited",
            "accounts not audited",
            metrics.of_run(NOT_AUDITED),
            "Accounts in scope could not be audited: their compliance is unknown.",
            "Each has a finding Coverage.1 that names the call, the error and the fix. An account with an exemption "
            "from Coverage.1 is not counted.",
        ),
        AlarmSpec(
            "NotDelivered",
            "findings not delivered",
            metrics.of_run(NOT_DELIVERED),
            "Security Hub or the findings' topic did not accept findings of a run. The next run sends them again.",
            "The log of the run names every finding and the error of the destination.",
        ),
        AlarmSpec(
            "LedgerSetAside",
            "ledger set aside",
            metrics.of_run(LEDGER_SET_ASIDE),
            "The ledger could not be used: it was damaged, or a newer version of RegionProof wrote it. A copy was "
            "kept and a new ledger started: every open finding was reported again.",
            "The bucket (output LedgerBucketName of the stack) keeps older versions of the ledger.",
        ),
        AlarmSpec(
            "SettingsIdle",
            "settings without effect",
            metrics.of_run(SETTINGS_IDLE),
            "regionproof.yaml names an account, a root or an organizational unit that the organization does not have, "
            "or an exemption that has ended. Such an entry approves or excludes nothing.",
            "The log has a line settings.without_effect for each, with its place; regionproof preflight shows them "
            "too. Correct or remove the entries and deploy again. Clears with the next full run without any.",
        ),
    )
