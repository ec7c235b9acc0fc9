"""The expressions of EventBridge Scheduler that a recurring audit can have: ``cron(…)`` and ``rate(…)``.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re

from aws_cron_expression_validator.validator import AWSCronExpressionError, AWSCronExpressionValidator

_RATE = re.compile(r"rate\([1-9][0-9]* (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((.*)\)")


def check_schedule_expression(text: str) -> str:
    """Return the expression, or raise ``ValueError`` with one sentence that describes the error."""
    if _RATE.fullmatch(text):
        return text
    cron = _CRON.fullmatch(text)
    if not cron:
        raise ValueError("expected cron(minutes hours day-of-month month day-of-week year) or rate(1 day)")
    try:
        AWSCronExpressionValidator.validate(cron.group(1))
    except AWSCronExpressionError as cause:
        raise ValueError(f"expected an AWS cron expression, such as cron(0 6 * * ? *): {cause}") from cause
    return text
