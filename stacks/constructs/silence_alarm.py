"""The alarm for what no other alarm can tell: that the audit stopped running, or never ran."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from aws_cdk import Annotations, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from regionproof.telemetry import COMPLETED
from stacks import metrics
from stacks.constructs.audit_alarms import notify
from stacks.constructs.audit_function import LATEST_START, LONGEST_RUN
from stacks.constructs.audit_schedule import LATEST_CALL
from stacks.schedule_days import start_of_days, zone_of_days
from stacks.schedule_gap import longest_gap

if TYPE_CHECKING:
    from aws_cdk import aws_sns as sns

    from regionproof.settings.shape import Schedule

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONGEST_LOOK_BACK = timedelta(days=7)
"""Of a CloudWatch alarm: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
LONGEST_WARM_UP = timedelta(days=2)
"""Of a CloudWatch alarm: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html"""

MEANING = "No run of the audit completed for longer than its schedule allows, or none ever did."
MEANING_AFTER_A_FIRST_RUN = (
    "INSUFFICIENT_DATA means here: no run of the audit completed for longer than its schedule allows. Before the first "
    "run the alarm has that state too and sends nothing: that a first run failed is reported by the alarm on dead "
    "letters or by another alarm only."
)
CURE = (
    "Check that the schedule (output ScheduleName of the stack) is still there and enabled, then look at the other "
    "alarms. A run that is invoked with the event {} ends the alarm"
)
RATE_OF_A_WEEK = (
    "schedule.expression is a rate, whose time of day is that of its deployment. If that is shortly before midnight "
    "UTC and a run completes after midnight, the silence alarm may be false for a day. A cron expression, such as "
    "cron(0 6 ? * MON *), has no such risk."
)
NOT_WATCHED = (
    "schedule.expression lets more than 7 days pass between two runs, or may do so. A CloudWatch alarm looks back 7 "
    "days at most, so no alarm will fire if the audit stops running; alarms still report failed and undelivered runs. "
    "Let it run once a week or more often: alerts come only on change."
)


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which a run must complete: so many periods in a row.

    Hours roll on. Days have a time zone, and only those that have ended count.
    """

    period: timedelta
    periods: int
    days_of: str | None = None

    @property
    def warm_up(self) -> timedelta | None:
        """Return how long a new alarm waits for a first run; None where no alarm can wait that long."""
        length = self.period * self.periods
        return length if length <= LONGEST_WARM_UP else None


class SilenceAlarm(Construct):
    """An alarm on ``RunCompleted`` that reports silence; none where the schedule is disabled.

    Where a run is due within two days, missing data is ALARM. A new alarm waits that long, so a first
    deployment rings no alarm and an address has time to be confirmed. A function that never runs then rings it.

    No alarm can wait longer. Where a run may be due later, missing data is INSUFFICIENT_DATA, and the change to that
    state is what is sent. A new alarm begins in it and sends nothing, so none is false before the first run. The price:
    an audit that never completes a run does not ring this alarm. Both ways report silence at the same time, as
    RunCompleted is never zero:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html

    A schedule with too long a gap for a rolling window is judged by days that begin when its run is due, each
    when it has ended: seven of them hold a run that is late, too.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html

    EventBridge Scheduler's own metrics are no way around the limit. Alarms on them look back as far, and what
    they do tell, a call that was not delivered, is in the dead letters.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        schedule: Schedule,
        topic: sns.ITopic,
        longest_run: Duration = LONGEST_RUN,
    ) -> None:
        super().__init__(scope, construct_id)
        self.alarm: cloudwatch.Alarm | None = None
        if not schedule.enabled:
            return
        if window := window_of(schedule, longest_run):
            self.alarm = self._alarm(window)
            notify(self.alarm, topic)
            if window.days_of and schedule.expression.startswith("rate"):
                Annotations.of(self).add_warning_v2("regionproof:rate-of-a-week", RATE_OF_A_WEEK)
            if not window.warm_up:
                self.alarm.add_insufficient_data_action(actions.SnsAction(topic))
        else:
            Annotations.of(self).add_warning_v2("regionproof:silence-not-watched", NOT_WATCHED)

    def _alarm(self, window: Window) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            "Alarm",
            alarm_name="RegionProof silence",
            alarm_description=_description(window),
            metric=metrics.of_run(
                COMPLETED,
                period=Duration.seconds(window.period.total_seconds()),
                statistic=cloudwatch.Stats.SUM,
            ),
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            threshold=1,
            evaluation_periods=window.periods,
            treat_missing_data=(
                cloudwatch.TreatMissingData.BREACHING if window.warm_up else cloudwatch.TreatMissingData.MISSING
            ),
        )
        _refine(cast("cloudwatch.CfnAlarm", alarm.node.default_child), window)
        return alarm


def window_of(schedule: Schedule, longest_run: Duration = LONGEST_RUN) -> Window | None:
    """Return the time in which a run must complete; None where an alarm cannot look back that far."""
    gap = longest_gap(schedule.expression)
    if gap is None or gap > LONGEST_LOOK_BACK:
        return None
    hours = -(-(gap + _latest_end(longest_run)) // HOUR)
    if hours * HOUR <= LONGEST_LOOK_BACK:
        return Window(HOUR, hours)
    return Window(DAY, LONGEST_LOOK_BACK // DAY, days_of=zone_of_days(schedule))


def _latest_end(longest_run: Duration) -> timedelta:
    """Return how long after its time a run can still complete: called late, started late, run long, clock put back."""
    seconds: Any = sum(limit.to_seconds() for limit in (LATEST_CALL, LATEST_START, longest_run))
    return timedelta(seconds=seconds) + HOUR


def _refine(alarm: cloudwatch.CfnAlarm, window: Window) -> None:
    """Set what the construct of CDK has no argument for."""
    if window.warm_up:
        alarm.warm_up_configuration = cloudwatch.CfnAlarm.WarmUpConfigurationProperty(
            warm_up_period_duration_in_minutes=window.warm_up // timedelta(minutes=1)
        )
    if window.days_of:
        alarm.evaluation_window = cloudwatch.CfnAlarm.EvaluationWindowProperty(
            wall_clock_window=cloudwatch.CfnAlarm.WallClockWindowProperty(timezone=window.days_of)
        )


def _description(window: Window) -> str:
    meaning = MEANING if window.warm_up else MEANING_AFTER_A_FIRST_RUN
    if not window.days_of:
        return f"{meaning} It looks back {window.periods} hours. {CURE} when it completes."
    start = start_of_days(window.days_of)
    days = f"the last {window.periods} days that have ended, each from {start} to {start} UTC"
    return f"{meaning} It looks at {days}. {CURE} when the day on which it completes has ended."
