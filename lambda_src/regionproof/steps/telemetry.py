"""Log events and metrics of a run in steps, in addition to those of every run.

Dashboards and alarms depend on the names of events and metrics.
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
    """Log an error for each batch that failed after all retries."""
    for batch in conclusion.failed:
        logger.error("batch.failed", batch=batch.number, accounts=len(batch.accounts), reason=batch.reason)


def count_failed_batches(metrics: EphemeralMetrics, conclusion: Conclusion) -> None:
    """Count the batches that failed after all retries. A full run that publishes also sends 0, to clear the alarm."""
    outcome = conclusion.outcome
    is_full_run = bool(outcome.receipts) and not outcome.report.run.is_partial
    if conclusion.failed or is_full_run:
        metrics.add_metric(BATCHES_FAILED, MetricUnit.Count, len(conclusion.failed))


def conclusion_document(conclusion: Conclusion) -> dict[str, Any]:
    """Return the summary that every run returns, with the plan of the second pass."""
    document = outcome_document(conclusion.outcome, conclusion.throttled_calls)
    return {**document, "second_pass": conclusion.second_pass}
