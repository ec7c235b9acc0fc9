"""The days by which a weekly schedule is judged: they begin when its run is due, so none ends within a run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from stacks.schedule_gap import first_start_of_a_day

if TYPE_CHECKING:
    from regionproof.settings.shape import Schedule

DAY = timedelta(days=1)
STEP = timedelta(minutes=5)
"""A fixed offset of a CloudWatch alarm is a multiple of it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_WallClockWindow.html
"""
_MONTHS = [datetime(2026, month, 1) for month in range(1, 13)]  # noqa: DTZ001  # local times, for any zone


def zone_of_days(schedule: Schedule) -> str:
    """Return the fixed offset from UTC whose midnight is when the first run of a day is due, rounded down.

    With summer time a run is due an hour earlier for a part of the year, and that counts. ``UTC`` for a ``rate``,
    whose time of day is that of its deployment, which no one knows at synth.
    """
    start = first_start_of_a_day(schedule.expression)
    if start is None:
        return "UTC"
    zone = ZoneInfo(schedule.time_zone)
    furthest_east = max(local.replace(tzinfo=zone).utcoffset() or timedelta() for local in _MONTHS)
    midnight = (start - furthest_east) % DAY // STEP * STEP
    if not midnight:
        return "UTC"
    east = midnight > DAY / 2
    hours, minutes = divmod((DAY - midnight if east else midnight) // timedelta(minutes=1), 60)
    return f"{'+' if east else '-'}{hours:02}:{minutes:02}"


def start_of_days(zone: str) -> str:
    """Return the time in UTC at which the days of ``zone_of_days`` begin, such as 04:00."""
    if zone == "UTC":
        return "00:00"
    hours, minutes = zone[1:].split(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    midnight = (offset if zone.startswith("-") else DAY - offset) % DAY
    return f"{midnight // timedelta(hours=1):02}:{midnight // timedelta(minutes=1) % 60:02}"
