"""The Lambda entry: settings and environment -> wiring -> run, or one step of a run -> summary."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from regionproof.invocation import (
    Invocation,
)

from .aws.pacing import ThrottleCounter
from .aws.redaction import RedactedErrors, know_environment, redact
from .domain.log_line import to_log_json
from .domain.run import RunRequest
from .errors import RegionProofError
from .event import read_event

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@RedactedErrors()
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Audit the organization and return the summary of the run, or take one step of a run.

    ``event`` is described at ``read_event``. Raises ``RegionProofError`` if nothing could be audited or the
    ledger could not be written, so the failure reaches the on-failure destination or the state machine.
    """
    know_environment(os.environ)
    logger = Logger(json_serializer=partial(to_log_json, redact=redact))
    logger.append_keys(request_id=context.aws_request_id)
    call = Invocation(context, logger, ThrottleCounter())
    try:
        asked = read_event(event)
        if isinstance(asked, RunRequest):
            return call.whole_run(asked)
        from .steps.handler import take_step  # noqa: PLC0415  # whole runs start faster without it

        return take_step(call, asked)
    except RegionProofError as failure:
        logger.exception("audit.failed", reason=str(failure))
        raise
