"""The active findings of this audit in Security Hub, listed with GetFindings.

Only a run whose ledger may be incomplete asks for them. A list that ends early is a failure, never a shorter list.
https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from regionproof.aws.calls import SEND_FAILURES, listed
from regionproof.domain.accounts import ACCOUNT_ID
from regionproof.domain.document import timestamp
from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.ledger import Entry
from regionproof.domain.ledger_checks import EARLIEST
from regionproof.domain.ports import FindingsNotListed

from .asff import RecordState, product_arn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aws_lambda_powertools import Logger
    from mypy_boto3_securityhub import SecurityHubClient

    from regionproof.domain.ledger import EntryKey
    from regionproof.domain.report import Identity

LIST = "securityhub:GetFindings"
ACTIONS = (LIST,)
FINDINGS_PER_PAGE = 100

_COMPLIANCE = {"PASSED": Compliance.COMPLIANT, "FAILED": Compliance.NON_COMPLIANT}
_ID = re.compile(rf"regionproof/(?P<organization>[^/]+)/(?P<account>{ACCOUNT_ID.pattern})/(?P<rule>[^/]+)")


class SecurityHubFindingIndex:
    """Lists the findings that this audit has imported, in the account and Region of its session."""

    def __init__(self, client: SecurityHubClient, identity: Identity, logger: Logger) -> None:
        self._client = client
        self._identity = identity
        self._logger = logger

    def active_findings(
        self, organization_id: str, updated_before: datetime | None
    ) -> Iterator[tuple[EntryKey, Entry]]:
        """Yield every active finding of this audit, as a ledger entry.

        Logs and raises ``FindingsNotListed``, possibly after some findings, if Security Hub refuses a call, if its
        answer is malformed or if the run's time is up.
        """
        try:
            for finding in self._list(self._filters(organization_id, updated_before)):
                if key := self._key(finding, organization_id):
                    yield key, _entry(finding)
        except FindingsNotListed as failure:
            self._logger.error("security_hub.findings_not_listed", reason=str(failure))  # noqa: TRY400  # the reason is enough
            raise

    def _filters(self, organization_id: str, updated_before: datetime | None) -> dict[str, Any]:
        filters: dict[str, Any] = {
            "ProductArn": _text("EQUALS", product_arn(self._identity)),
            "AwsAccountId": _text("EQUALS", self._identity.account_id),
            "GeneratorId": _text("PREFIX", "regionproof/"),
            "Id": _text("PREFIX", f"regionproof/{organization_id}/"),
            "RecordState": _text("EQUALS", RecordState.ACTIVE.value),
        }
        if updated_before:
            filters["UpdatedAt"] = [{"Start": timestamp(EARLIEST), "End": timestamp(updated_before)}]
        return filters

    def _list(self, filters: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield the findings of all pages. Raises ``FindingsNotListed``."""
        try:
            for finding in listed(
                LIST, self._client.get_findings, "Findings", Filters=filters, MaxResults=FINDINGS_PER_PAGE
            ):
                yield finding.content
        except SEND_FAILURES as failure:
            raise FindingsNotListed(str(failure)) from failure

    def _key(self, finding: Mapping[str, Any], organization_id: str) -> EntryKey | None:
        """Return the account and the rule of a finding, or None if it is not an active one of this audit."""
        parts = _ID.fullmatch(str(finding.get("Id")))
        if parts is None or parts["organization"] != organization_id:
            return None
        expected = {
            "ProductArn": product_arn(self._identity),
            "AwsAccountId": self._identity.account_id,
            "GeneratorId": f"regionproof/{parts['rule']}",
            "RecordState": RecordState.ACTIVE.value,
        }
        is_ours = all(finding.get(name) == value for name, value in expected.items())
        return (parts["account"], parts["rule"]) if is_ours else None


def _text(comparison: str, value: str) -> list[dict[str, str]]:
    return [{"Comparison": comparison, "Value": value}]


def _entry(finding: Mapping[str, Any]) -> Entry:
    updated_at = _time(finding, "UpdatedAt")
    last_seen = _time(finding, "LastObservedAt", "UpdatedAt")
    return Entry(
        first_seen=_time(finding, "FirstObservedAt", "CreatedAt", "UpdatedAt"),
        last_seen=last_seen,
        last_change=last_seen,
        compliance=_COMPLIANCE.get(_inner(finding, "Compliance", "Status"), Compliance.NOT_APPLICABLE),
        severity=_severity(_inner(finding, "Severity", "Label")),
        sent_at=updated_at,
    )


def _severity(label: str) -> Severity:
    return Severity(label) if label in set(Severity) else Severity.INFORMATIONAL


def _inner(finding: Mapping[str, Any], name: str, inner: str) -> str:
    outer = finding.get(name)
    value = outer.get(inner) if isinstance(outer, dict) else None
    return value if isinstance(value, str) else ""


def _time(finding: Mapping[str, Any], *names: str) -> datetime:
    """Return the first of these times that a finding has, in UTC."""
    value = next((finding[name] for name in names if finding.get(name)), None)
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise FindingsNotListed(f"a finding has no valid time in {names[0]}") from error
