"""The alarm for what no other alarm can tell: that the audit stopped running, or never ran."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from aws_cdk import Annotations, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from regionproof.telemetry import COMPLETED
from stacks import metrics
from stacks.constructs.audit_alarms import notify
from stacks.constructs.audit_function import LATEST_START, LONGEST_RUN
from stacks.constructs.audit_schedule import LATEST_CALL
from stacks.schedule_gap import longest_gap

if TYPE_CHECKING:
    from aws_cdk import aws_sns as sns

    from regionproof.settings.shape import Schedule

HOUR = timedelta(hours=1)
LONGEST_LOOK_BACK = timedelta(days=7)
"""Of a CloudWatch alarm: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
LONGEST_WARM_UP = timedelta(days=2)
"""Of a CloudWatch alarm: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html"""

MEANING = "No run of the audit completed for longer than its schedule allows, or none ever did."
CURE = (
    "Look whether the schedule (output ScheduleName of the stack) is still there and enabled, then at the other "
    "alarms. A run that is invoked with the event {} ends the alarm when it completes."
)
NOT_WATCHED = (
    "schedule.expression lets more than 7 days pass between two runs, or may do so. A CloudWatch alarm looks back 7 "
    "days at most, so no alarm will tell when the audit falls silent; failed and undelivered runs are still told. "
    "Let it run once a week or more often: alerts come only on change."
)


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which a run must complete: ``periods`` in a row, or a calendar week in a time zone."""

    period: timedelta
    periods: int
    week_of: str | None = None

    @property
    def warm_up(self) -> timedelta:
        """Return how long the alarm waits for a first run before it tells of silence."""
        return min(self.period * self.periods, LONGEST_WARM_UP)


class SilenceAlarm(Construct):
    """An alarm on ``RunCompleted`` that treats missing data as silence; none where the schedule is disabled.

    It says nothing for up to two days after it was made, so that a first deployment rings no alarm, and an
    address has time to be confirmed. Then a function that never ran does ring it.

    A schedule with too long a gap for a rolling window, but with a run in every calendar week, is judged week
    by week, each when it has ended: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html

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
        else:
            Annotations.of(self).add_warning_v2("regionproof:silence-not-watched", NOT_WATCHED)

    def _alarm(self, window: Window) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            "Alarm",
            alarm_name="RegionProof silence",
            alarm_description=f"{MEANING} It looks back {_spelled(window)}. {CURE}",
            metric=metrics.of_run(
                COMPLETED,
                period=Duration.seconds(window.period.total_seconds()),
                statistic=cloudwatch.Stats.SUM,
            ),
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            threshold=1,
            evaluation_periods=window.periods,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        _refine(cast("cloudwatch.CfnAlarm", alarm.node.default_child), window)
        return alarm


def window_of(schedule: Schedule, longest_run: Duration = LONGEST_RUN) -> Window | None:
    """Return the time in which a run must complete; None where an alarm can not look back that far."""
    gap = longest_gap(schedule.expression)
    if gap is None or gap > LONGEST_LOOK_BACK:
        return None
    hours = -(-(gap + _latest_end(longest_run)) // HOUR)
    if hours * HOUR <= LONGEST_LOOK_BACK:
        return Window(HOUR, hours)
    return Window(LONGEST_LOOK_BACK, 1, week_of=schedule.time_zone)


def _latest_end(longest_run: Duration) -> timedelta:
    """Return how long after its time a run can still complete: called late, started late, run long, clock put back."""
    seconds: Any = sum(limit.to_seconds() for limit in (LATEST_CALL, LATEST_START, longest_run))
    return timedelta(seconds=seconds) + HOUR


def _refine(alarm: cloudwatch.CfnAlarm, window: Window) -> None:
    """Set what the construct of CDK has no argument for."""
    alarm.warm_up_configuration = cloudwatch.CfnAlarm.WarmUpConfigurationProperty(
        warm_up_period_duration_in_minutes=window.warm_up // timedelta(minutes=1)
    )
    if window.week_of:
        alarm.evaluation_window = cloudwatch.CfnAlarm.EvaluationWindowProperty(
            wall_clock_window=cloudwatch.CfnAlarm.WallClockWindowProperty(timezone=window.week_of)
        )


def _spelled(window: Window) -> str:
    if window.week_of:
        return f"on the last week that ended, from Monday to Sunday in {window.week_of}"
    return f"{window.periods} hours"
