"""The dashboard: is the audit well, what does it cover, and what did it find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from regionproof.domain import fixed_names
from regionproof.telemetry import (
    AUDITED,
    DURATION,
    IN_SCOPE,
    LEDGER_SET_ASIDE,
    NOT_AUDITED,
    NOT_DELIVERED,
    NOT_TRIED,
    SETTINGS_IDLE,
    THROTTLED_CALLS,
)
from stacks import metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.constructs.audit_alarms import AlarmSources

DASHBOARD_NAME = fixed_names.DASHBOARD_NAME
SHOWN = Duration.days(28)
ONE_POINT = Duration.days(1)
"""A daily audit makes a line, and of several runs a day the worst is shown."""

FULL_WIDTH, HALF_WIDTH = 24, 12


class AuditDashboard(Construct):
    """One CloudWatch dashboard over four weeks, a point a day."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        rules: Sequence[str],
        watched: AlarmSources,
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(scope, construct_id)
        self.dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=DASHBOARD_NAME,
            default_interval=SHOWN,
            widgets=[
                [cloudwatch.AlarmStatusWidget(title="Alarms", width=FULL_WIDTH, height=3, alarms=list(alarms))],
                [
                    _graph("Coverage", *(_daily(name) for name in (IN_SCOPE, AUDITED, NOT_AUDITED, NOT_TRIED))),
                    _graph("Noncompliant accounts by rule", *(_daily_noncompliant(rule) for rule in rules)),
                ],
                [
                    _graph("Duration of a run (seconds)", _daily(DURATION)),
                    _graph("Throttled calls", _daily(THROTTLED_CALLS), metrics.throttles(watched.function)),
                ],
                [
                    _graph("Failed runs", metrics.errors(watched.function), metrics.waiting(watched.dead_letters)),
                    _graph(
                        "What did not arrive, and settings without effect",
                        *(_daily(name) for name in (NOT_DELIVERED, LEDGER_SET_ASIDE, SETTINGS_IDLE)),
                    ),
                ],
            ],
        )


def _graph(title: str, *shown: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
    from_zero = cloudwatch.YAxisProps(min=0, show_units=False)
    return cloudwatch.GraphWidget(title=title, left=list(shown), left_y_axis=from_zero, width=HALF_WIDTH)


def _daily(name: str) -> cloudwatch.IMetric:
    return metrics.of_run(name, period=ONE_POINT)


def _daily_noncompliant(rule: str) -> cloudwatch.IMetric:
    return metrics.noncompliant(rule, period=ONE_POINT)
