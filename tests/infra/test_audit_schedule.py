"""The schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .synthesis import Assembly, Synthesized


def test_schedule_fires_on_the_minute_in_the_time_zone_of_the_settings(audit: Synthesized) -> None:
    """A cron expression means the user's clock, and no flexible window blurs it."""
    schedule = audit.properties("Schedule/Schedule")
    assert schedule["ScheduleExpression"] == "cron(0 6 * * ? *)"
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["State"] == "ENABLED"


def test_disabled_schedule_stays_and_does_not_fire(other: Assembly) -> None:
    """Switching it off loses nothing of what was set."""
    schedule = other.audit.properties("Schedule/Schedule")
    assert schedule["State"] == "DISABLED"
    assert schedule["ScheduleExpression"] == "rate(1 day)"
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"


def test_call_that_can_not_be_delivered_becomes_a_dead_letter(audit: Synthesized) -> None:
    """The schedule calls the function, tries again within the hour, and then leaves a message."""
    assert audit.properties("Schedule/Schedule")["Target"] == {
        "Arn": "${Audit/Function.Arn}",
        "RoleArn": "${Schedule/Role.Arn}",
        "Input": "{}",  # the event of a full run; the Scheduler's own would be refused as unknown
        "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600},
        "DeadLetterConfig": {"Arn": "${DeadLetters/Queue.Arn}"},
    }


def test_role_of_the_schedule_can_be_taken_by_schedules_of_this_account_only(audit: Synthesized) -> None:
    """Another customer's schedule that names this role gets nothing."""
    (trust,) = audit.properties("Schedule/Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    group = "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/default"
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}", "aws:SourceArn": group}}
