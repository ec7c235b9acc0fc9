"""The Lambda entry: settings and environment -> wiring -> run -> summary."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from .audit import Progress
from .aws.throttling import ThrottleCounter
from .errors import RegionProofError, SetupError
from .event import read_event
from .settings import asset
from .telemetry import count_outcome, log_account, log_outcome, outcome_document
from .wiring import Caller, Destinations, Surroundings, build_audit

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from .audit import Outcome

TOPIC_ARN_VARIABLE = "REGIONPROOF_TOPIC_ARN"
LEDGER_BUCKET_VARIABLE = "REGIONPROOF_LEDGER_BUCKET"
ASSET_ROOT = Path(__file__).parent.parent
MILLISECONDS = 1000


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Audit the organization and return the summary of the run.

    ``event`` is described at ``read_event``. Raises ``RegionProofError`` where nothing could be audited or the
    ledger could not be written, so that the failure reaches the on-failure destination.
    """
    logger = Logger()
    logger.append_keys(request_id=context.aws_request_id)
    throttles = ThrottleCounter()
    try:
        outcome = _run(event, context, logger, throttles)
    except RegionProofError as failure:
        logger.exception("audit.failed", reason=str(failure))
        raise
    log_outcome(logger, outcome, throttles.count)
    metrics = EphemeralMetrics()
    count_outcome(metrics, outcome, throttles.count)
    metrics.flush_metrics()
    return outcome_document(outcome)


def _run(event: dict[str, Any], context: LambdaContext, logger: Logger, throttles: ThrottleCounter) -> Outcome:
    request = read_event(event)
    around = Surroundings(
        progress=Progress(read=lambda account, facts: log_account(logger, account, facts)),
        remaining_time=lambda: context.get_remaining_time_in_millis() / MILLISECONDS,
        throttles=throttles,
    )
    destinations = Destinations(_variable(TOPIC_ARN_VARIABLE), _variable(LEDGER_BUCKET_VARIABLE), logger)
    audit = build_audit(asset.load(ASSET_ROOT), Caller(), around, destinations)
    return audit.run(request, run_id=context.aws_request_id)


def _variable(name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise SetupError(f"the function has no environment variable {name}; deploy the stack again")
