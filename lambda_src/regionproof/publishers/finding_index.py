"""What Security Hub shows of this audit: its active findings, listed with GetFindings.

Asked only if the ledger cannot know it. A list that ends early is a failure, never a shorter list.
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
    """Lists the findings that this audit filed under its account, in the Region of its session."""

    def __init__(self, client: SecurityHubClient, identity: Identity, logger: Logger) -> None:
        self._client = client
        self._identity = identity
        self._logger = logger

    def active_findings(
        self, organization_id: str, updated_before: datetime | None
    ) -> Iterator[tuple[EntryKey, Entry]]:
        """Yield every active finding of this audit, as the ledger would remember it.

        A failure is logged and raised as ``FindingsNotListed``, also after some findings were yielded: Security Hub
        refuses, the run's time is up, or an answer is none of Security Hub's.
        """
        try:
            for found in self._list(self._filters(organization_id, updated_before)):
                if key := self._key(found, organization_id):
                    yield key, _entry(found)
        except FindingsNotListed as failure:
            self._logger.error("security_hub.findings_not_listed", reason=str(failure))  # noqa: TRY400  # the reason says it
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
            for found in listed(
                LIST, self._client.get_findings, "Findings", Filters=filters, MaxResults=FINDINGS_PER_PAGE
            ):
                yield found.content
        except SEND_FAILURES as failure:
            raise FindingsNotListed(str(failure)) from failure

    def _key(self, found: Mapping[str, Any], organization_id: str) -> EntryKey | None:
        """Return the account and the rule of a finding; None if this audit did not file it."""
        parts = _ID.fullmatch(str(found.get("Id")))
        if parts is None or parts["organization"] != organization_id:
            return None
        ours = {
            "ProductArn": product_arn(self._identity),
            "AwsAccountId": self._identity.account_id,
            "GeneratorId": f"regionproof/{parts['rule']}",
            "RecordState": RecordState.ACTIVE.value,
        }
        is_ours = all(found.get(name) == value for name, value in ours.items())
        return (parts["account"], parts["rule"]) if is_ours else None


def _text(comparison: str, value: str) -> list[dict[str, str]]:
    return [{"Comparison": comparison, "Value": value}]


def _entry(found: Mapping[str, Any]) -> Entry:
    updated_at = _time(found, "UpdatedAt")
    last_seen = _time(found, "LastObservedAt", "UpdatedAt")
    return Entry(
        first_seen=_time(found, "FirstObservedAt", "CreatedAt", "UpdatedAt"),
        last_seen=last_seen,
        last_change=last_seen,
        compliance=_COMPLIANCE.get(_inner(found, "Compliance", "Status"), Compliance.NOT_APPLICABLE),
        severity=_severity(_inner(found, "Severity", "Label")),
        sent_at=updated_at,
    )


def _severity(label: str) -> Severity:
    return Severity(label) if label in set(Severity) else Severity.INFORMATIONAL


def _inner(found: Mapping[str, Any], name: str, inner: str) -> str:
    outer = found.get(name)
    value = outer.get(inner) if isinstance(outer, dict) else None
    return value if isinstance(value, str) else ""


def _time(found: Mapping[str, Any], *names: str) -> datetime:
    """Return the first of these times that a finding has, in UTC."""
    spelled = next((found[name] for name in names if found.get(name)), None)
    try:
        return datetime.fromisoformat(str(spelled)).astimezone(UTC)
    except (ValueError, OverflowError) as cause:
        raise FindingsNotListed(f"a finding has no time that can be read under {names[0]}") from cause
