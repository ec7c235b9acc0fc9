"""Timestamps of findings: https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html#timestamps."""

from __future__ import annotations

import re
from datetime import datetime

_FORM = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)")


def is_timestamp(value: object) -> bool:
    """Tell whether this is a date and time with a time zone, to the nanosecond at most."""
    if not isinstance(value, str):
        return False
    try:
        moment(value)
    except ValueError:
        return False
    return True


def moment(value: str) -> tuple[datetime, int]:
    """Return the second and the nanoseconds after it, to compare by; raise ValueError for another form."""
    parts = _FORM.fullmatch(value)
    if parts is None:
        raise ValueError(value)
    second = datetime.fromisoformat(f"{parts[1]}{parts[3]}")
    return second, int((parts[2] or "0").ljust(9, "0"))
