"""The longest time between two starts of a schedule."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from stacks.schedule_gap import longest_gap


@pytest.mark.parametrize(
    ("expression", "gap"),
    [
        ("rate(5 minutes)", timedelta(minutes=5)),
        ("rate(1 hour)", timedelta(hours=1)),
        ("rate(12 hours)", timedelta(hours=12)),
        ("rate(3 days)", timedelta(days=3)),
        ("cron(* * * * ? *)", timedelta(minutes=1)),
        ("cron(0 6 * * ? *)", timedelta(days=1)),
        ("cron(30,0 18,6 * * ? *)", timedelta(hours=11, minutes=30)),
        ("cron(0 0/6 * * ? *)", timedelta(hours=6)),
        ("cron(0 */5 * * ? *)", timedelta(hours=5)),
        ("cron(0 6 ? * MON-FRI *)", timedelta(days=3)),
        ("cron(0 6 ? * FRI-MON *)", timedelta(days=4)),
        ("cron(0 6 ? * tue,thu *)", timedelta(days=5)),
        ("cron(0/15 8-17 ? * 2-6 *)", timedelta(days=2, hours=14, minutes=15)),
        ("cron(0 6 ? * 2 *)", timedelta(days=7)),
        ("cron(0 6 ? JAN-DEC MON 1970-2199)", timedelta(days=7)),
        ("cron(0 6 */2 * ? *)", timedelta(days=2)),
        ("cron(0 6 1,15 * ? *)", timedelta(days=17)),
        ("cron(0 6 1 1/1 ? *)", timedelta(days=31)),
        ("cron(0 6 31 * ? *)", timedelta(days=61)),
    ],
)
def test_longest_gap_is_exact(expression: str, gap: timedelta) -> None:
    """Over night, over the week-end, over the longest months."""
    assert longest_gap(expression) == gap


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 6 L * ? *)",
        "cron(0 6 15W * ? *)",
        "cron(0 6 ? * 6L *)",
        "cron(0 6 ? * MON#1 *)",
        "cron(0 6 * JAN-NOV ? *)",
        "cron(0 6 * * ? 2027)",
        "cron(0 6 * * ? */2)",
    ],
)
def test_schedule_that_pauses_for_weeks_has_no_gap_that_an_alarm_could_wait(expression: str) -> None:
    """No number is better than one that is too small."""
    assert longest_gap(expression) is None


def test_gap_of_a_list_of_hours_is_what_counting_by_hand_gives() -> None:
    """For every pair of hours: the longer way round the clock."""
    for first, second in pairwise(range(24)):
        assert longest_gap(f"cron(0 {first},{second} * * ? *)") == timedelta(hours=23)
