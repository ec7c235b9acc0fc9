"""Security Hub: imports compliant and noncompliant findings in batches, and returns a receipt.

``import_answer`` reads from the answers which of them arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from regionproof.aws.calls import SEND_FAILURES, ask, unread
from regionproof.aws.redaction import redact, redact_known
from regionproof.domain.causes import likely_cause
from regionproof.domain.facts import ReadFailure
from regionproof.domain.findings import Compliance
from regionproof.domain.receipts import Destination, Receipt, Undelivered

from .asff import RecordState, build_asff
from .import_answer import undelivered_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from aws_lambda_powertools import Logger
    from mypy_boto3_securityhub import SecurityHubClient

    from regionproof.domain.findings import Finding
    from regionproof.domain.ledger import Ledger
    from regionproof.domain.reconciliation import Reconciliation

T = TypeVar("T")

IMPORT = "securityhub:BatchImportFindings"
ACTIONS = (IMPORT,)
FINDINGS_PER_BATCH = 100
IMPORTED = frozenset({Compliance.COMPLIANT, Compliance.NON_COMPLIANT})


class SecurityHubPublisher:
    """Imports findings in the account and Region of its session."""

    def __init__(
        self, client: SecurityHubClient, logger: Logger, time_is_up: Callable[[], bool] = lambda: False
    ) -> None:
        self._client = client
        self._logger = logger
        self._time_is_up = time_is_up

    def publish(self, reconciliation: Reconciliation) -> Receipt:
        """Import the findings of the run, and archive those that no later run will update.

        A refused finding is sent a second time. Findings that are refused again are logged and listed in the receipt,
        as are those that were not sent in time: the alert and the ledger must not wait for Security Hub.
        """
        imports = {item.finding.id: item for item in imports_of(reconciliation)}
        refused = self._import_all(imports, reconciliation)
        if refused:
            refused = self._import_all({item_id: imports[item_id] for item_id in refused}, reconciliation)
        for item in refused.values():
            cause = likely_cause(
                ReadFailure(IMPORT, item.code, item.message), caller=reconciliation.report.run.identity
            )
            self._logger.error(
                "security_hub.finding_not_imported",
                finding_id=item.item,
                code=item.code,
                reason=item.message,
                cause=cause,
            )
        return Receipt(Destination.SECURITY_HUB, frozenset(imports) - set(refused), tuple(refused.values()))

    def _import_all(self, imports: Mapping[str, Import], reconciliation: Reconciliation) -> dict[str, Undelivered]:
        """Send every batch and return the findings that did not arrive, by id.

        ASFF is built batch by batch: all findings of a large organization would fill the memory.
        """
        batches = in_batches(list(imports.values()))
        refused = (
            item for batch in batches for item in self._import([_redacted(one.build(reconciliation)) for one in batch])
        )
        return {item.item: item for item in refused}

    def _import(self, batch: list[dict[str, Any]]) -> list[Undelivered]:
        """Send one batch and return its undelivered findings: all of them if the call fails."""
        if self._time_is_up():
            return [Undelivered(finding["Id"], "OutOfTime", "the run's time was up") for finding in batch]
        try:
            answer = ask(IMPORT, self._client.batch_import_findings, Findings=batch).content
        except SEND_FAILURES as failure:
            refusal = unread(failure, IMPORT)
            return [Undelivered(finding["Id"], refusal.code, refusal.message) for finding in batch]
        return undelivered_in(answer, [finding["Id"] for finding in batch], redact)


def _redacted(finding: dict[str, Any]) -> dict[str, Any]:
    """Return a finding without credentials that are known. Only what was read, and why not, is not our own text."""
    texts = [finding["Description"], *finding["ProductFields"].values()]
    return finding if all(redact_known(text) == text for text in texts) else _all_redacted(finding)


def _all_redacted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _all_redacted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_all_redacted(inner) for inner in value]
    return redact_known(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Import:
    """One finding to send, and its new state in Security Hub."""

    finding: Finding
    state: RecordState = RecordState.ACTIVE

    def build(self, reconciliation: Reconciliation) -> dict[str, Any]:
        """Return the finding in ASFF."""
        updated_at = reconciliation.updated_at(self.finding)
        return build_asff(self.finding, reconciliation.report.run.identity, updated_at, self.state)


def imports_of(reconciliation: Reconciliation) -> Iterator[Import]:
    """Yield compliant and noncompliant findings, then those to archive.

    Archived are the last findings of accounts that left or are out of scope, of rules that are switched off, and of
    rules that no longer apply to an account.
    """
    findings = reconciliation.report.findings
    yield from (Import(finding) for finding in findings if finding.verdict.compliance in IMPORTED)
    not_applicable = (finding for finding in findings if _no_longer_applies(finding, reconciliation.ledger))
    yield from (Import(finding, RecordState.ARCHIVED) for finding in (*not_applicable, *reconciliation.departed))


def _no_longer_applies(finding: Finding, ledger: Ledger) -> bool:
    """Return whether the rule does not apply, but Security Hub still shows a finding of an earlier run."""
    entry = ledger.entries.get((finding.account.id, finding.rule))
    return finding.verdict.compliance is Compliance.NOT_APPLICABLE and entry is not None and entry.is_shown


def in_batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield items in batches of at most 100."""
    for start in range(0, len(items), FINDINGS_PER_BATCH):
        yield items[start : start + FINDINGS_PER_BATCH]
