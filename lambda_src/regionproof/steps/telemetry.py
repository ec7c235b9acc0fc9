"""What the steps of a run tell its operators, beside what a run in one call tells.

Names of events and metrics are part of what dashboards and alarms rely on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from regionproof.telemetry import outcome_document

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.metrics import EphemeralMetrics

    from .run import Conclusion

BATCHES_FAILED = "BatchesFailed"


def log_failed_batches(logger: Logger, conclusion: Conclusion) -> None:
    """Log each batch that failed for good, at error."""
    for batch in conclusion.failed:
        logger.error("batch.failed", batch=batch.number, accounts=len(batch.accounts), reason=batch.reason)


def count_failed_batches(metrics: EphemeralMetrics, conclusion: Conclusion) -> None:
    """Count the batches that failed for good. A full run that publishes counts none too, so that an alarm can end."""
    outcome = conclusion.outcome
    is_whole = bool(outcome.receipts) and not outcome.report.run.is_partial
    if conclusion.failed or is_whole:
        metrics.add_metric(BATCHES_FAILED, MetricUnit.Count, len(conclusion.failed))


def conclusion_document(conclusion: Conclusion) -> dict[str, Any]:
    """Return the summary of the run as a run in one call returns it, and the rest."""
    document = outcome_document(conclusion.outcome, conclusion.throttled_calls)
    return {**document, "second_pass": conclusion.second_pass}
