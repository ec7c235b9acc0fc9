"""The alarm that tells when no run completes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match, Template

from regionproof.settings.shape import Schedule
from stacks.constructs.silence_alarm import NOT_WATCHED, SilenceAlarm, Window, window_of

if TYPE_CHECKING:
    from .synthesis import Assembly, Synthesized

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
# Called an hour late, started an hour late, 15 minutes long, and the clock was put back meanwhile.
SLACK = timedelta(hours=3, minutes=15)


def test_daily_schedule_rings_after_a_day_and_the_slack(audit: Synthesized) -> None:
    """Of 28 hours in a row none has a run that completed; no data is no run."""
    alarm = audit.alarms()["silence"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("RegionProof", "RunCompleted")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "regionproof"}]
    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == ("Sum", "LessThanThreshold", 1)
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (3600, 28)
    assert "DatapointsToAlarm" not in alarm
    assert alarm["TreatMissingData"] == "breaching"
    assert "EvaluationWindow" not in alarm
    assert "28 hours" in alarm["AlarmDescription"]


def test_first_deployment_rings_no_alarm_but_a_function_that_never_runs_does(audit: Synthesized) -> None:
    """It waits as long as it looks back, and then it counts what is missing."""
    assert audit.alarms()["silence"]["WarmUpConfiguration"] == {"WarmUpPeriodDurationInMinutes": 28 * 60}


@pytest.mark.parametrize(
    ("expression", "hours"),
    [
        ("rate(5 minutes)", 4),
        ("rate(1 hour)", 5),
        ("cron(0 0/6 * * ? *)", 10),
        ("cron(0 6 * * ? *)", 28),
        ("cron(0 6 ? * MON-FRI *)", 76),
        ("cron(0 6 ? * TUE,THU *)", 124),
        ("rate(164 hours)", 168),
    ],
)
def test_alarm_looks_back_over_the_longest_gap_and_the_slack(expression: str, hours: int) -> None:
    """A run that is as late as it can be rings no alarm, and one that is missing does within the hour."""
    window = window_of(Schedule(expression=expression))
    assert window == Window(HOUR, hours)


@pytest.mark.parametrize("expression", ["rate(1 minute)", "rate(1 day)", "cron(0 6 ? * SAT,SUN *)", "rate(164 hours)"])
def test_look_back_stays_within_what_cloudwatch_takes(expression: str) -> None:
    """Seven days of look-back in periods of an hour, and two days of waiting for the first run."""
    window = window_of(Schedule(expression=expression))
    assert window is not None
    assert window.period * window.periods <= WEEK
    assert timedelta(minutes=1) <= window.warm_up <= timedelta(days=2)


@pytest.mark.parametrize(
    "expression", ["cron(0 6 ? * MON *)", "rate(7 days)", "rate(165 hours)", "cron(0 6 1/7 * ? *)"]
)
def test_schedule_with_a_run_in_every_week_is_judged_week_by_week(expression: str) -> None:
    """A rolling week would ring when a run is some minutes later than that of the week before."""
    assert window_of(Schedule(expression=expression, time_zone="Asia/Tokyo")) == Window(WEEK, 1, week_of="Asia/Tokyo")


def test_weekly_schedule_has_an_alarm_on_calendar_weeks(weekly: Assembly) -> None:
    """The weeks begin in the time zone of the schedule."""
    alarm = weekly.audit.alarms()["silence"]
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (7 * 24 * 3600, 1)
    assert alarm["EvaluationWindow"] == {"WallClockWindow": {"Timezone": "Europe/Berlin"}}
    assert alarm["WarmUpConfiguration"] == {"WarmUpPeriodDurationInMinutes": 2 * 24 * 60}
    assert "from Monday to Sunday in Europe/Berlin" in alarm["AlarmDescription"]


def test_disabled_schedule_has_no_alarm_of_silence(other: Assembly) -> None:
    """Who switched the audit off knows that it is silent."""
    assert "silence" not in other.audit.alarms()
    assert other.audit.warnings == ()


def test_schedule_that_can_not_be_watched_is_warned_of() -> None:
    """The user hears at synth what no alarm will tell, and what to change."""
    stack = Stack(App(builtin_cloud_formation_validation=False), "Monthly")
    SilenceAlarm(stack, "Silence", schedule=Schedule(expression="cron(0 6 1 * ? *)"), topic=sns.Topic(stack, "Topic"))
    Template.from_stack(stack).resource_count_is("AWS::CloudWatch::Alarm", 0)
    Annotations.from_stack(stack).has_warning("/Monthly/Silence", Match.string_like_regexp("once a week or more often"))
    assert "7 days" in NOT_WATCHED
