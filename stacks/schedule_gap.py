"""The longest time between two starts of a schedule, for the alarm on silence."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_MONTHS = dict(
    zip(("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), range(1, 13), strict=True)
)
_WEEKDAYS = dict(zip(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), range(1, 8), strict=True))
_ALL_MONTHS = range(1, 13)
_ALL_YEARS = range(1970, 2200)
# Four years and a bit: every length of a month follows every other that it can follow, and a leap day is in it.
_DAYS_TO_LOOK_AT = tuple(date(2024, 1, 1) + timedelta(days=number) for number in range(4 * 366))


def longest_gap(expression: str) -> timedelta | None:
    """Return the longest time from one start to the next, on a clock that is never put forward or back.

    None for a ``cron`` that pauses for longer than any alarm could wait, without a look at how long: one that
    leaves out months or years, or names days of the month with L, W or #. ``expression`` was checked before.
    """
    if rate := _RATE.fullmatch(expression):
        return timedelta(**{f"{rate[2]}s": int(rate[1])})
    minutes, hours, days, months, weekdays, years = _fields(expression)
    if re.search("[LW#]", days) or re.search("L|#", weekdays):
        return None
    if set(_ALL_MONTHS) - _values(months, _ALL_MONTHS, _MONTHS) or set(_ALL_YEARS) - _values(years, _ALL_YEARS):
        return None
    times = [
        timedelta(hours=hour, minutes=minute)
        for hour in sorted(_values(hours, range(24)))
        for minute in sorted(_values(minutes, range(60)))
    ]
    return _longest(times, _values(days, range(1, 32)), _values(weekdays, range(1, 8), _WEEKDAYS))


def first_start_of_a_day(expression: str) -> timedelta | None:
    """Return the time of day of the first start on a day that has any; None for a ``rate``."""
    if _RATE.fullmatch(expression):
        return None
    minutes, hours, *_ = _fields(expression)
    return timedelta(hours=min(_values(hours, range(24))), minutes=min(_values(minutes, range(60))))


def _fields(expression: str) -> Sequence[str]:
    """Return the six fields of a cron expression."""
    return expression.removeprefix("cron(").removesuffix(")").upper().split()


def _longest(times: Sequence[timedelta], days: AbstractSet[int], weekdays: AbstractSet[int]) -> timedelta | None:
    """Return the longest time between two starts, from the times within a day and the days that have any."""
    running = [day for day in _DAYS_TO_LOOK_AT if day.day in days and day.isoweekday() % 7 + 1 in weekdays]
    over_night = [after - before - times[-1] + times[0] for before, after in pairwise(running)]
    within_a_day = [after - before for before, after in pairwise(times)]
    return max([*over_night, *within_a_day]) if over_night else None


def _values(field: str, possible: range, names: Mapping[str, int] | None = None) -> AbstractSet[int]:
    """Return the numbers that one field of a cron expression means."""
    return {value for part in field.split(",") for value in _values_of_part(part, possible, names or {})}


def _values_of_part(part: str, possible: range, names: Mapping[str, int]) -> Iterator[int]:
    """Yield the values of a part, such as ``*``, ``?``, ``5``, ``MON``, ``FRI-MON``, ``*/10`` or ``0-30/10``."""
    span, _, step = part.partition("/")
    first, _, last = span.partition("-")
    if first in ("*", "?"):
        yield from possible[:: int(step or 1)]
        return
    start = possible.index(_number(first, names))
    end = possible.index(_number(last, names)) if last else len(possible) - 1 if step else start
    # A range such as FRI-MON goes on at the beginning.
    around = range(start, end + 1 if end >= start else end + 1 + len(possible), int(step or 1))
    yield from (possible[index % len(possible)] for index in around)


def _number(text: str, names: Mapping[str, int]) -> int:
    return names[text] if text in names else int(text)
