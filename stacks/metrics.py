"""The metrics that alarms and the dashboard look at: those that a run sends, and those of AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from regionproof.telemetry import NON_COMPLIANT, RULE_DIMENSION

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sqs as sqs

NAMESPACE = "RegionProof"
SERVICE = "regionproof"
"""A run sends all of its metrics with the dimension ``service`` of this value."""

MINUTES_OF_A_MEASUREMENT = Duration.minutes(5)
# Lambda files what it measures under the minute in which an invocation began, and only once it has ended.
LONGER_THAN_AN_INVOCATION = Duration.hours(1)


def of_run(
    name: str, *, period: Duration = MINUTES_OF_A_MEASUREMENT, statistic: str = cloudwatch.Stats.MAXIMUM
) -> cloudwatch.Metric:
    """Return a metric that every run sends. It has no label: CDK would render its alarm as metric math."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"service": SERVICE},
        statistic=statistic,
        period=period,
    )


def noncompliant(rule: str, *, period: Duration = MINUTES_OF_A_MEASUREMENT) -> cloudwatch.Metric:
    """Return the number of accounts that are noncompliant under a rule, as every run sends it."""
    return of_run(NON_COMPLIANT, period=period).with_(
        dimensions_map={RULE_DIMENSION: rule, "service": SERVICE}, label=rule
    )


def errors(function: lambda_.IFunction) -> cloudwatch.Metric:
    """Return how many invocations failed, also by running out of time."""
    return function.metric_errors(period=LONGER_THAN_AN_INVOCATION, statistic=cloudwatch.Stats.SUM)


def throttles(function: lambda_.IFunction) -> cloudwatch.Metric:
    """Return how many invocations Lambda refused for lack of concurrency."""
    return function.metric_throttles(period=LONGER_THAN_AN_INVOCATION, statistic=cloudwatch.Stats.SUM)


def duration(function: lambda_.IFunction) -> cloudwatch.Metric:
    """Return the longest invocation, in milliseconds."""
    return function.metric_duration(period=LONGER_THAN_AN_INVOCATION, statistic=cloudwatch.Stats.MAXIMUM)


def waiting(queue: sqs.IQueue) -> cloudwatch.Metric:
    """Return how many messages wait in a queue."""
    return queue.metric_approximate_number_of_messages_visible(
        period=MINUTES_OF_A_MEASUREMENT, statistic=cloudwatch.Stats.MAXIMUM
    )
