"""Security Hub: every finding that was seen, PASSED or FAILED, in batches, with a receipt for each.

BatchImportFindings answers 200 also where it takes nothing; what it refused stands in ``FailedFindings``.
https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regionproof.aws.failures import CALL_FAILURES, code_and_message
from regionproof.domain.receipts import Receipt, Undelivered

from .asff import STATUS, build_asff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_lambda_powertools import Logger
    from mypy_boto3_securityhub import SecurityHubClient

    from regionproof.domain.report import Report

ACTIONS = ("securityhub:BatchImportFindings",)
FINDINGS_PER_BATCH = 100
DESTINATION = "Security Hub"


class SecurityHubPublisher:
    """Files the findings under the audit account, in the Region of its session."""

    def __init__(self, client: SecurityHubClient, logger: Logger) -> None:
        self._client = client
        self._logger = logger

    def publish(self, report: Report) -> Receipt:
        """Import every finding that was seen. Each one refused is logged and stands in the receipt."""
        refused: list[Undelivered] = []
        sent = 0
        for batch in build_batches(report):
            sent += len(batch)
            refused += self._import(batch)
        for item in refused:
            self._logger.error(
                "security_hub.finding_not_imported",
                finding_id=item.item,
                code=item.code,
                reason=item.message,
            )
        return Receipt(DESTINATION, delivered=sent - len(refused), undelivered=tuple(refused))

    def _import(self, batch: list[dict[str, Any]]) -> list[Undelivered]:
        """Send one batch. A call that fails leaves the whole batch undelivered, and the next one is tried."""
        try:
            answer = self._client.batch_import_findings(Findings=batch)  # type: ignore[arg-type]
        except CALL_FAILURES as failure:
            code, message = code_and_message(failure)
            return [Undelivered(finding["Id"], code, message) for finding in batch]
        return [
            Undelivered(entry["Id"], entry["ErrorCode"], entry["ErrorMessage"])
            for entry in answer.get("FailedFindings", [])
        ]


def build_batches(report: Report) -> Iterator[list[dict[str, Any]]]:
    """Yield the findings that were seen as ASFF, in batches of at most 100."""
    findings = [
        build_asff(finding, report.run.identity) for finding in report.findings if finding.verdict.compliance in STATUS
    ]
    for start in range(0, len(findings), FINDINGS_PER_BATCH):
        yield findings[start : start + FINDINGS_PER_BATCH]
