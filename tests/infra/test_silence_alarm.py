"""The alarm that tells when no run completes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match, Template

from regionproof.settings.shape import Schedule
from stacks.constructs.silence_alarm import NOT_WATCHED, RATE_OF_A_WEEK, SilenceAlarm, Window, window_of
from stacks.schedule_days import start_of_days, zone_of_days

if TYPE_CHECKING:
    from .synthesis import Assembly, Synthesized

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "Australia/Lord_Howe"]
# Called an hour late, started an hour late, 15 minutes long, and the clock was put back meanwhile.
SLACK = timedelta(hours=3, minutes=15)


def test_daily_schedule_rings_after_a_day_and_the_slack(audit: Synthesized) -> None:
    """Of 28 hours in a row none has a run that completed; no data is not a run."""
    alarm = audit.alarms()["silence"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("RegionProof", "RunCompleted")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "regionproof"}]
    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == ("Sum", "LessThanThreshold", 1)
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (3600, 28)
    assert "DatapointsToAlarm" not in alarm
    assert alarm["TreatMissingData"] == "breaching"
    assert "EvaluationWindow" not in alarm
    assert "InsufficientDataActions" not in alarm
    assert alarm["AlarmDescription"] == (
        "No run of the audit completed for longer than its schedule allows, or none ever did. It looks back 28 hours. "
        "Check that the schedule (output ScheduleName of the stack) is still there and enabled, then look at the other "
        "alarms. A run that is invoked with the event {} ends the alarm when it completes."
    )


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


@pytest.mark.parametrize("expression", ["rate(1 minute)", "rate(1 day)", "rate(44 hours)"])
def test_an_alarm_waits_for_a_first_run_no_longer_than_cloudwatch_lets_it(expression: str) -> None:
    """Two days at most, and always as long as the alarm looks back."""
    window = window_of(Schedule(expression=expression))
    assert window is not None
    assert window.warm_up == window.period * window.periods
    assert timedelta(minutes=1) <= window.warm_up <= timedelta(days=2)


@pytest.mark.parametrize("expression", ["rate(45 hours)", "cron(0 6 ? * MON-FRI *)", "cron(0 6 ? * SAT,SUN *)"])
def test_no_alarm_is_false_before_a_first_run_that_is_due_after_two_days(expression: str) -> None:
    """Missing data is the state that a new alarm has anyway; the change to it, after a first run, is what is sent."""
    alarm = silence_alarm_of(Schedule(expression=expression))
    assert (alarm["TreatMissingData"], alarm["Period"]) == ("missing", 3600)
    assert "WarmUpConfiguration" not in alarm
    assert "EvaluationWindow" not in alarm
    assert alarm["InsufficientDataActions"] == alarm["OKActions"] == alarm["AlarmActions"]
    assert len(alarm["OKActions"]) == 1
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= WEEK.total_seconds()


def test_the_alarm_says_what_its_state_means_and_what_it_does_not_report() -> None:
    """That none ever ran is not among what it reports."""
    assert silence_alarm_of(Schedule(expression="cron(0 6 ? * TUE,THU *)"))["AlarmDescription"] == (
        "INSUFFICIENT_DATA means here: no run of the audit completed for longer than its schedule allows. Before the "
        "first run the alarm has that state too and sends nothing: that a first run failed is reported by the alarm on "
        "dead letters or by another alarm only. It looks back 124 hours. Check that the schedule (output ScheduleName "
        "of the stack) is still there and enabled, then look at the other alarms. A run that is invoked with the event "
        "{} ends the alarm when it completes."
    )


@pytest.mark.parametrize(
    "expression", ["cron(0 6 ? * MON *)", "rate(7 days)", "rate(165 hours)", "cron(0 6 1/7 * ? *)"]
)
def test_a_schedule_of_about_a_week_is_judged_by_seven_days(expression: str) -> None:
    """A rolling week would ring when a run is some minutes later than that of the week before."""
    window = window_of(Schedule(expression=expression))
    assert window == Window(DAY, 7, days_of="UTC" if "rate" in expression else "-06:00")
    assert window.warm_up is None


def test_weekly_schedule_has_an_alarm_that_is_false_neither_before_its_first_run_nor_after(weekly: Assembly) -> None:
    """In Berlin 6 o'clock is 4 or 5 o'clock UTC: the days begin at the earlier one."""
    alarm = weekly.audit.alarms()["silence"]
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (24 * 3600, 7)
    assert alarm["EvaluationWindow"] == {"WallClockWindow": {"Timezone": "-04:00"}}
    assert alarm["TreatMissingData"] == "missing"
    assert "WarmUpConfiguration" not in alarm
    assert alarm["InsufficientDataActions"] == alarm["OKActions"] == ["${Operations/Topic}"]
    assert alarm["AlarmDescription"] == (
        "INSUFFICIENT_DATA means here: no run of the audit completed for longer than its schedule allows. Before the "
        "first run the alarm has that state too and sends nothing: that a first run failed is reported by the alarm on "
        "dead letters or by another alarm only. It looks at the last 7 days that have ended, each from 04:00 to 04:00 "
        "UTC. Check that the schedule (output ScheduleName of the stack) is still there and enabled, then look at the "
        "other alarms. A run that is invoked with the event {} ends the alarm when the day on which it completes has "
        "ended."
    )


@pytest.mark.parametrize("time_zone", ZONES)
@pytest.mark.parametrize("hour", range(24))
def test_no_day_ends_while_a_weekly_run_may_be_under_way(hour: int, time_zone: str) -> None:
    """In no season: not between the time it is due and the last at which it can complete. So 7 days hold a run."""
    schedule = Schedule(expression=f"cron(57 {hour} ? * MON *)", time_zone=time_zone)
    clock = start_of_days(zone_of_days(schedule))
    begins = timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))
    for month in range(1, 13):
        due = datetime(2027, month, 1, hour, 57, tzinfo=ZoneInfo(time_zone)).astimezone(ZoneInfo("UTC"))
        into_the_day = (timedelta(hours=due.hour, minutes=due.minute) - begins) % DAY
        assert into_the_day + SLACK < DAY


@pytest.mark.parametrize(
    ("expression", "time_zone", "zone", "start"),
    [
        ("cron(0 6 ? * MON *)", "Asia/Tokyo", "+03:00", "21:00"),
        ("cron(30 12 ? * MON *)", "Asia/Kathmandu", "-06:45", "06:45"),
        ("cron(3 0 ? * MON *)", "UTC", "UTC", "00:00"),
        ("cron(0 12 ? * MON *)", "UTC", "-12:00", "12:00"),
        ("cron(0 9,6 ? * MON *)", "UTC", "-06:00", "06:00"),
        ("rate(7 days)", "Asia/Tokyo", "UTC", "00:00"),
    ],
)
def test_days_have_an_offset_that_cloudwatch_takes(expression: str, time_zone: str, zone: str, start: str) -> None:
    """A multiple of five minutes, from twelve hours west to twelve hours east."""
    schedule = Schedule(expression=expression, time_zone=time_zone)
    assert (zone_of_days(schedule), start_of_days(zone)) == (zone, start)


@pytest.mark.parametrize(("expression", "warned"), [("rate(7 days)", True), ("rate(1 day)", False)])
def test_a_rate_of_a_week_is_warned_of(expression: str, *, warned: bool) -> None:
    """Its run may be due around the end of a day, which a cron expression rules out."""
    stack = Stack(App(builtin_cloud_formation_validation=False), "Rate")
    SilenceAlarm(stack, "Silence", schedule=Schedule(expression=expression), topic=sns.Topic(stack, "Topic"))
    found = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("may be false for a day"))
    assert bool(found) == warned
    assert "cron(0 6 ? * MON *)" in RATE_OF_A_WEEK


def silence_alarm_of(schedule: Schedule) -> dict[str, Any]:
    """Return the properties of the alarm that watches a schedule."""
    stack = Stack(App(builtin_cloud_formation_validation=False), "Watched")
    SilenceAlarm(stack, "Silence", schedule=schedule, topic=sns.Topic(stack, "Topic"))
    (alarm,) = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    properties: dict[str, Any] = alarm["Properties"]
    return properties


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
