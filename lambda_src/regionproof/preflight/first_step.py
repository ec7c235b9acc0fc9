"""The first step of a run: the checks without which it could read no account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .checks import checks, not_met, stop_if_missing

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

    from regionproof.aws.setup_inspector import SetupInspector

    from .observed import PreflightScope


def check_before_run(needs: PreflightScope, reading: SetupInspector, logger: Logger | None) -> None:
    """Stop a run that could read no account, and log everything else that is missing.

    Raises ``SetupError`` with all that is missing. Without a logger, as in a terminal, the rest is not reported.
    """
    found = checks(needs, reading.observe(needs))
    stop_if_missing(found)
    if logger is None:
        return
    for check in not_met(found):
        logger.warning("preflight.not_met", need=check.need, state=check.state, seen=check.seen, cure=check.remedy)
