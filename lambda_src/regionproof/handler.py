"""The Lambda entry: settings and environment -> wiring -> run -> summary."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from .audit import Progress
from .domain.document import run_document
from .errors import RegionProofError
from .event import read_event
from .settings import asset
from .telemetry import count_outcome, log_account, log_outcome
from .wiring import Caller, Destinations, build_audit

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from .audit import Outcome

TOPIC_ARN_VARIABLE = "REGIONPROOF_TOPIC_ARN"
ASSET_ROOT = Path(__file__).parent.parent


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Audit the organization and return the summary of the run.

    ``event`` is described at ``read_event``. Raises ``RegionProofError`` where nothing could be audited, so
    that the failure reaches the on-failure destination.
    """
    logger = Logger()
    logger.append_keys(request_id=context.aws_request_id)
    try:
        outcome = _run(event, context, logger)
    except RegionProofError as failure:
        logger.exception("audit.failed", reason=str(failure))
        raise
    log_outcome(logger, outcome)
    metrics = EphemeralMetrics()
    count_outcome(metrics, outcome)
    metrics.flush_metrics()
    return {
        **run_document(outcome.report),
        "delivery": {
            receipt.destination: {"delivered": receipt.delivered, "undelivered": len(receipt.undelivered)}
            for receipt in outcome.receipts
        },
    }


def _run(event: dict[str, Any], context: LambdaContext, logger: Logger) -> Outcome:
    request = read_event(event)
    progress = Progress(read=lambda account, facts: log_account(logger, account, facts))
    destinations = Destinations(os.environ[TOPIC_ARN_VARIABLE], logger)
    audit = build_audit(asset.load(ASSET_ROOT), Caller(), progress, destinations)
    return audit.run(request, run_id=context.aws_request_id)
