"""The alarms that tell when the audit does not do its work. Silence has a file of its own."""

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

# A run sends zeros as well: the alarm lasts until a run without the fault, and not only until the next quiet minute.
UNTIL_A_RUN_SAYS_OTHERWISE = cloudwatch.TreatMissingData.IGNORE
UNTIL_NOTHING_IS_LEFT = cloudwatch.TreatMissingData.NOT_BREACHING
NEAR_THE_TIME_OUT = 0.8


@dataclass(frozen=True, slots=True)
class AlarmSources:
    """What the alarms look at besides the metrics that a run sends. ``machine`` None: runs have no steps."""

    function: lambda_.IFunction
    log_name: str
    dead_letters: sqs.IQueue
    machine: sfn.IStateMachine | None = None


@dataclass(frozen=True, slots=True)
class AlarmSpec:
    """One thing that can go wrong: the metric that shows it, from which value on, and what to tell people."""

    id: str
    name: str
    metric: cloudwatch.IMetric
    meaning: str
    cure: str
    threshold: float = 1
    missing: cloudwatch.TreatMissingData = UNTIL_A_RUN_SAYS_OTHERWISE


@dataclass(frozen=True, slots=True)
class Words:
    """What an alarm says otherwise where runs have steps: what a fault means there, and what to do."""

    errors: str
    throttles: str
    duration: str
    dead_letters: str
    dead_letters_cure: str
    not_tried: str
    not_tried_cure: str


IN_ONE_CALL = Words(
    errors="A run of the audit failed. It is tried once more by itself.",
    throttles="Lambda tries again for an hour.",
    duration="A run took 80 % or more of the 15 minutes that Lambda gives it. Soon accounts will be left out: give the "
    "function more memory (capacity.memory_mib in regionproof.yaml), or let runs have steps (engine: step-functions).",
    dead_letters="An audit did not happen: a run failed for good, or the schedule could not start one.",
    dead_letters_cure="invoke the function with the event {}",
    not_tried="A run left accounts out: its time was up before it came to them. The next run begins with them.",
    not_tried_cure="If this alarm stays, let runs take the time that they need (engine: step-functions in "
    "regionproof.yaml), or give the function more memory, which makes it faster (capacity.memory_mib), or take only "
    "a part of the organization into scope (scope).",
)
IN_STEPS = Words(
    errors="A step of a run failed. A plan or a conclusion is tried once more by itself, a batch three times.",
    throttles="The state machine tries the step again for some minutes.",
    duration="A step of a run took 80 % or more of the 15 minutes that Lambda gives it. A batch that has too little "
    "time reads the rest when it is tried again; a plan or a conclusion fails. Give the function more memory "
    "(capacity.memory_mib in regionproof.yaml).",
    dead_letters="An audit did not happen: the schedule could not start it.",
    dead_letters_cure="start an execution of the state machine (output StateMachineArn) with the input {}",
    not_tried="A run told what it found without some accounts: their batches failed, or ran out of time. The same "
    "execution then reads them once more; where it succeeded, they were read.",
    not_tried_cure="Where it failed, cure the cause and redrive it (see the alarm on executions failed). Over with the "
    "next full run that leaves out none.",
)


class AuditAlarms(Construct):
    """One CloudWatch alarm a fault; each tells the operations' topic when it begins and when it is over.

    A new alarm has no state. The first run that is in order gives it one, and so each tells once that it works.
    """

    def __init__(self, scope: Construct, construct_id: str, *, watched: AlarmSources, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        words = IN_STEPS if watched.machine else IN_ONE_CALL
        in_steps = _faults_of_steps(watched.machine) if watched.machine else ()
        faults = (*_faults_of_calls(watched, words), *in_steps, _not_attempted_alarm(words), *_faults_of_results())
        self.alarms = [self._alarm(fault, topic) for fault in faults]

    def _alarm(self, fault: AlarmSpec, topic: sns.ITopic) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            fault.id,
            alarm_name=f"RegionProof {fault.name}",
            alarm_description=f"{fault.meaning} {fault.cure}",
            metric=fault.metric,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            threshold=fault.threshold,
            evaluation_periods=1,
            treat_missing_data=fault.missing,
        )
        notify(alarm, topic)
        return alarm


def notify(alarm: cloudwatch.Alarm, topic: sns.ITopic) -> None:
    """Make an alarm tell a topic when it begins and when it is over."""
    alarm.add_alarm_action(actions.SnsAction(topic))
    alarm.add_ok_action(actions.SnsAction(topic))


def _faults_of_calls(watched: AlarmSources, words: Words) -> tuple[AlarmSpec, ...]:
    """Return what AWS sees of a call that fails, also of one that has no time left to say so itself."""
    see_the_log = (
        f"Search the log {watched.log_name} for audit.failed; where there is none, for Task timed out, for "
        "Runtime.ExitError (out of memory), and for a Traceback."
    )
    return (
        AlarmSpec(
            "Errors",
            "function errors",
            metrics.errors(watched.function),
            words.errors,
            f"{see_the_log} Over with the next call that does not fail.",
        ),
        AlarmSpec(
            "Throttles",
            "function throttles",
            metrics.throttles(watched.function),
            "Lambda could not start the audit at once: the account's concurrency was used up.",
            f"{words.throttles} Free or raise the concurrency quota of this account and Region.",
            missing=UNTIL_NOTHING_IS_LEFT,
        ),
        AlarmSpec(
            "Duration",
            "duration near the time-out",
            metrics.duration(watched.function),
            words.duration,
            "Compare the metrics AccountsInScope and ThrottledCalls of the last runs: more accounts, or slower calls?",
            threshold=NEAR_THE_TIME_OUT * LONGEST_RUN.to_milliseconds(),
        ),
        AlarmSpec(
            "DeadLetters",
            "dead letters",
            metrics.waiting(watched.dead_letters),
            words.dead_letters,
            "Read the message in the queue (output DeadLetterQueueUrl of the stack), cure the cause, "
            f"{words.dead_letters_cure}, and delete the message.",
            missing=UNTIL_NOTHING_IS_LEFT,
        ),
    )


def _faults_of_steps(machine: sfn.IStateMachine) -> tuple[AlarmSpec, ...]:
    """Return what goes wrong with a run in steps, beside what its steps tell themselves."""
    see_the_execution = (
        "The history of the execution (output StateMachineArn of the stack) names the step and the error: Plan or "
        "Collect: nothing was told yet. Conclude: all or a part may have been told, and is told again. "
        "CollectSecondPass or ConcludeSecondPass: all was told but what the accounts are like whose batches failed. "
        "Cure the cause, then take it "
        "up where it ended, for 14 days: aws stepfunctions redrive-execution --execution-arn ARN. The alarm is over "
        "after an hour without another one."
    )
    ended = {
        "ExecutionsFailed": (machine.metric_failed, "executions failed", "A run did not come to its end."),
        "ExecutionsTimedOut": (machine.metric_timed_out, "executions timed out", "A run took longer than 6 hours."),
        "ExecutionsAborted": (machine.metric_aborted, "executions aborted", "Somebody stopped a run."),
    }
    hourly: dict[str, Any] = {"period": metrics.LONGER_THAN_AN_INVOCATION, "statistic": cloudwatch.Stats.SUM}
    batches_failed = AlarmSpec(
        "BatchesFailed",
        "batches failed",
        metrics.of_run(BATCHES_FAILED),
        "Batches of accounts failed in every try. The run told what it found without their accounts.",
        "Search the log for batch.failed, and before it for audit.failed. The same execution then reads the accounts "
        "once more; where that failed too, it is FAILED: cure the cause and redrive it. Over with the next full run "
        "whose batches succeed.",
    )
    return (
        *(
            AlarmSpec(id_, name, metric(**hourly), meaning, see_the_execution, missing=UNTIL_NOTHING_IS_LEFT)
            for id_, (metric, name, meaning) in ended.items()
        ),
        batches_failed,
    )


def _not_attempted_alarm(words: Words) -> AlarmSpec:
    """Return what is told of accounts that a run did not come to."""
    return AlarmSpec(
        "NotTried",
        "accounts not tried",
        metrics.of_run(NOT_TRIED),
        words.not_tried,
        "They stand under not_tried in the log line audit.finished; the alert names some of them. "
        f"{words.not_tried_cure}",
    )


def _faults_of_results() -> tuple[AlarmSpec, ...]:
    """Return what a run that completed tells of its own gaps."""
    return (
        AlarmSpec(
            "NotAudited",
            "accounts not audited",
            metrics.of_run(NOT_AUDITED),
            "Accounts in scope could not be audited: nothing is known of their compliance.",
            "Each has a finding Coverage.1 that names the call, the error and the cure. An account with an exemption "
            "from Coverage.1 is not counted.",
        ),
        AlarmSpec(
            "NotDelivered",
            "findings not delivered",
            metrics.of_run(NOT_DELIVERED),
            "Security Hub or the findings' topic did not take what a run found. The next run sends it again.",
            "The log of the run names every finding and the error of the destination.",
        ),
        AlarmSpec(
            "LedgerSetAside",
            "ledger set aside",
            metrics.of_run(LEDGER_SET_ASIDE),
            "The ledger could not be read: it was damaged, or a newer version of RegionProof wrote it. It was kept "
            "aside and a new one begun, so that everything open was told once more.",
            "Look into the bucket (output LedgerBucketName of the stack); it keeps older versions of the ledger.",
        ),
        AlarmSpec(
            "SettingsIdle",
            "settings without effect",
            metrics.of_run(SETTINGS_IDLE),
            "regionproof.yaml names an account, a root or an organizational unit that the organization does not have, "
            "or an exemption that has ended. Such an entry does nothing: what it was to approve or leave out is not.",
            "The log has a line settings.without_effect for each, with its place; regionproof preflight shows them "
            "too. Correct or remove the entries and deploy again. Over with the next full run without any.",
        ),
    )
