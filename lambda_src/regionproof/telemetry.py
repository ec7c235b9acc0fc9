"""What a run tells its operators: one line per account at debug, one summary at info, and metrics.

Names of events and metrics are part of what dashboards and alarms rely on. No line holds a credential.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from .domain.document import run_document

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.metrics import EphemeralMetrics

    from .audit import Outcome
    from .domain.accounts import Account
    from .domain.facts import AccountFacts

IN_SCOPE = "AccountsInScope"
AUDITED = "AccountsAudited"
NOT_AUDITED = "AccountsNotAudited"
NON_COMPLIANT = "NonCompliant"
NOT_DELIVERED = "FindingsNotDelivered"
DURATION = "RunDuration"
RULE_DIMENSION = "Rule"


def log_account(logger: Logger, account: Account, facts: AccountFacts) -> None:
    """Log one account that was read, at debug."""
    logger.debug(
        "audit.account_read",
        account_id=account.id,
        audited=facts.complete,
        unread=[f"{unread.call} {unread.code}" for unread in facts.unread],
    )


def log_outcome(logger: Logger, outcome: Outcome) -> None:
    """Log the summary of a run, at info."""
    receipts = {r.destination: {"delivered": r.delivered, "undelivered": len(r.undelivered)} for r in outcome.receipts}
    logger.info("audit.finished", **run_document(outcome.report), delivery=receipts)


def count_outcome(metrics: EphemeralMetrics, outcome: Outcome) -> None:
    """Count the run. Zeros are sent too, so that an alarm can come back to rest."""
    report = outcome.report
    metrics.add_metric(IN_SCOPE, MetricUnit.Count, len(report.targets))
    metrics.add_metric(AUDITED, MetricUnit.Count, len(report.audited))
    metrics.add_metric(NOT_AUDITED, MetricUnit.Count, len(report.not_audited))
    metrics.add_metric(NOT_DELIVERED, MetricUnit.Count, sum(len(r.undelivered) for r in outcome.receipts))
    metrics.add_metric(DURATION, MetricUnit.Seconds, report.run.duration_seconds)
    for rule, count in report.noncompliant_by_rule.items():
        with single_metric(NON_COMPLIANT, MetricUnit.Count, count, namespace=metrics.namespace) as metric:
            metric.add_dimension(RULE_DIMENSION, rule)
