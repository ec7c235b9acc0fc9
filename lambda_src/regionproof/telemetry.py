"""Logs and metrics of a run: one line per account at debug, one summary at info.

Dashboards and alarms rely on the names of events and metrics. No line holds a credential.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from .domain.causes import likely_cause
from .domain.document import run_document

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.metrics import EphemeralMetrics

    from .domain.accounts import Account
    from .domain.facts import AccountFacts, ReadFailure
    from .domain.report import Report
    from .domain.run import Outcome

IN_SCOPE = "AccountsInScope"
AUDITED = "AccountsAudited"
NOT_AUDITED = "AccountsNotAudited"
NON_COMPLIANT = "NonCompliant"
NOT_TRIED = "AccountsNotTried"
COMPLETED = "RunCompleted"
LEDGER_SET_ASIDE = "LedgerSetAside"
SETTINGS_IDLE = "SettingsWithoutEffect"
THROTTLED_CALLS = "ThrottledCalls"
NOT_DELIVERED = "FindingsNotDelivered"
DURATION = "RunDuration"
RULE_DIMENSION = "Rule"

NOT_TRIED_NAMED = 1000
"""How many accounts that were not tried a summary names by id.

Lambda returns up to 6 MB, Step Functions takes 256 KiB of a task, and a line of the log stays below 200 KB.
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""


def log_account(logger: Logger, account: Account, facts: AccountFacts) -> None:
    """Log one account that was read, at debug."""
    logger.debug(
        "audit.account_read",
        account_id=account.id,
        audited=facts.complete,
        unread=[f"{unread.call} {unread.code}" for unread in facts.read_failures],
    )


def log_central_refusal(logger: Logger, refusal: ReadFailure) -> None:
    """Log, at warning, that AWS refuses the caller's central reads in this run."""
    logger.warning(
        "central_reads.refused",
        call=refusal.call,
        code=refusal.code,
        reason=refusal.message,
        cause=likely_cause(refusal),
    )


def delivery_document(outcome: Outcome) -> dict[str, dict[str, int]]:
    """Return how many items arrived at each destination, and how many did not."""
    return {
        receipt.destination.value: {"delivered": len(receipt.arrived), "undelivered": len(receipt.undelivered)}
        for receipt in outcome.receipts
    }


def outcome_document(outcome: Outcome, throttled_calls: int) -> dict[str, Any]:
    """Return the summary of a run, for the function's result and the log.

    ``not_tried`` names ``NOT_TRIED_NAMED`` accounts at most; ``accounts_not_tried`` in the summary counts all.
    """
    not_tried = [result.account.id for result in outcome.report.not_tried]
    changes = Counter(change.kind.name for change in outcome.changes)
    return {
        **run_document(outcome.report),
        "not_tried": not_tried[:NOT_TRIED_NAMED],
        "changes": dict(changes),
        "delivery": delivery_document(outcome),
        "throttled_calls": throttled_calls,
    }


def log_outcome(logger: Logger, outcome: Outcome, throttled_calls: int) -> None:
    """Log the summary of a run, at info; at error that the ledger was set aside; at warning each idle setting."""
    if outcome.ledger_unusable:
        logger.error("ledger.set_aside", reason=outcome.ledger_unusable)
    for notice in outcome.report.settings_notices:
        logger.warning(
            "settings.without_effect",
            kind=notice.kind,
            named=notice.named,
            path=notice.path,
            line=notice.line,
            reason=notice.reason,
        )
    logger.info("audit.finished", **outcome_document(outcome, throttled_calls))


def count_outcome(metrics: EphemeralMetrics, outcome: Outcome, throttled_calls: int) -> None:
    """Count the run. A full run that publishes sends zeros too, so an alarm can come back to rest.

    A partial or dry run does not describe the organization: it counts its faults, and clears none.
    """
    report = outcome.report
    is_whole = bool(outcome.receipts) and not report.run.is_partial
    faults = {
        NOT_DELIVERED: sum(len(receipt.undelivered) for receipt in outcome.receipts),
        LEDGER_SET_ASIDE: int(bool(outcome.ledger_unusable)),
        SETTINGS_IDLE: sum(notice.is_certain for notice in report.settings_notices),
    }
    for name, count in faults.items():
        if count or is_whole:
            metrics.add_metric(name, MetricUnit.Count, count)
    metrics.add_metric(THROTTLED_CALLS, MetricUnit.Count, throttled_calls)
    metrics.add_metric(DURATION, MetricUnit.Seconds, report.run.duration_seconds)
    if is_whole:
        _count_organization(metrics, report)


def _count_organization(metrics: EphemeralMetrics, report: Report) -> None:
    metrics.add_metric(IN_SCOPE, MetricUnit.Count, len(report.targets))
    metrics.add_metric(AUDITED, MetricUnit.Count, len(report.audited))
    metrics.add_metric(NOT_AUDITED, MetricUnit.Count, len(report.unexempted_not_audited))
    metrics.add_metric(NOT_TRIED, MetricUnit.Count, len(report.not_tried))
    metrics.add_metric(COMPLETED, MetricUnit.Count, 1)
    for rule, count in report.noncompliant_by_rule.items():
        with single_metric(NON_COMPLIANT, MetricUnit.Count, count, namespace=metrics.namespace) as metric:
            metric.add_dimension(RULE_DIMENSION, rule)
