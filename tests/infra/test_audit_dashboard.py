"""The dashboard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .test_audit_alarms import dimensions

if TYPE_CHECKING:
    from .synthesis import Assembly, Synthesized


def body(audit: Synthesized) -> dict[str, Any]:
    """Return what the dashboard shows."""
    found: dict[str, Any] = json.loads(audit.properties("Dashboard/Dashboard")["DashboardBody"])
    return found


def graphs(audit: Synthesized) -> dict[str, list[list[Any]]]:
    """Return the metrics of every graph by its title."""
    widgets = (widget["properties"] for widget in body(audit)["widgets"] if widget["type"] == "metric")
    return {widget["title"]: widget["metrics"] for widget in widgets}


def names(metrics: list[list[Any]]) -> list[str]:
    """Return the names of the metrics of a graph."""
    return [metric[1] for metric in metrics]


def test_dashboard_shows_the_state_of_every_alarm(audit: Synthesized, other: Assembly) -> None:
    """Whatever rings is seen first."""
    for synthesized in (audit, other.audit):
        (status,) = [widget for widget in body(synthesized)["widgets"] if widget["type"] == "alarm"]
        paths = synthesized.paths("AWS::CloudWatch::Alarm")
        assert sorted(status["properties"]["alarms"]) == sorted(f"${{{path}.Arn}}" for path in paths)


def test_dashboard_shows_coverage_results_time_and_faults(audit: Synthesized) -> None:
    """What is looked at, what was found, how long it took, and what went wrong."""
    assert {title: names(metrics) for title, metrics in graphs(audit).items()} == {
        "Coverage": ["AccountsInScope", "AccountsAudited", "AccountsNotAudited", "AccountsNotTried"],
        "Noncompliant accounts by rule": ["NonCompliant", "NonCompliant", "NonCompliant"],
        "Duration of a run (seconds)": ["RunDuration"],
        "Throttled calls": ["ThrottledCalls", "Throttles"],
        "Failed runs": ["Errors", "ApproximateNumberOfMessagesVisible"],
        "What did not arrive, and settings without effect": [
            "FindingsNotDelivered",
            "LedgerSetAside",
            "SettingsWithoutEffect",
        ],
    }


def test_every_enabled_rule_has_its_line(audit: Synthesized) -> None:
    """By the two dimensions that a run sends the number with."""
    lines = graphs(audit)["Noncompliant accounts by rule"]
    assert [line[2:6] for line in lines] == [
        ["Rule", rule, "service", "regionproof"] for rule in ("Coverage.1", "Regions.1", "STS.1")
    ]


def test_dashboard_and_alarms_look_at_the_same_metrics(audit: Synthesized) -> None:
    """Who follows an alarm to the dashboard finds it there. Silence is seen by what is missing."""
    shown = {(line[0], line[1]) for metrics in graphs(audit).values() for line in metrics}
    watched = {
        (alarm["Namespace"], alarm["MetricName"])
        for name, alarm in audit.alarms().items()
        if name != "silence" and "Duration" not in alarm["MetricName"]
    }
    assert watched <= shown
    assert all(dimensions(alarm) for alarm in audit.alarms().values())
