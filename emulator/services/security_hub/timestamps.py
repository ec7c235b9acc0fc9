"""Parse timestamps of findings: https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html#timestamps."""

from __future__ import annotations

import re
from datetime import datetime

_FORMAT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)")


def is_timestamp(value: object) -> bool:
    """Return whether this is a date and time with a time zone and at most nine decimals."""
    if not isinstance(value, str):
        return False
    try:
        moment(value)
    except ValueError:
        return False
    return True


def moment(value: str) -> tuple[datetime, int]:
    """Return a timestamp as second and nanoseconds, for comparison. Raise ValueError for another format."""
    parts = _FORMAT.fullmatch(value)
    if parts is None:
        raise ValueError(value)
    second = datetime.fromisoformat(f"{parts[1]}{parts[3]}")
    return second, int((parts[2] or "0").ljust(9, "0"))
