"""A finding in the AWS Security Finding Format (ASFF), within its limits. Pure.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from regionproof.domain.document import timestamp
from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.links import without_links
from regionproof.domain.untrusted_text import sanitize_line, shorten_to_bytes

if TYPE_CHECKING:
    from datetime import datetime

    from regionproof.domain.findings import Finding
    from regionproof.domain.report import Identity

TITLE_LENGTH = 256
DESCRIPTION_LENGTH = 1024
REMEDIATION_LENGTH = 512
PRODUCT_FIELD_LENGTH = 2048
DETAIL_LENGTH = 1024
"""AWS does not document the unit of these limits, so they count bytes. A text never has fewer bytes than characters."""

TYPE = "Software and Configuration Checks/AWS Security Best Practices"

STATUS = {
    Compliance.COMPLIANT: "PASSED",
    Compliance.NON_COMPLIANT: "FAILED",
    Compliance.NOT_APPLICABLE: "NOT_AVAILABLE",
}
"""INSUFFICIENT_DATA is never sent, as it would overwrite PASSED or FAILED. Coverage.1 reports the failed read."""


class RecordState(StrEnum):
    """Whether Security Hub lists a finding as active."""

    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"


def product_arn(identity: Identity) -> str:
    """Return the ARN of the default product, which accepts only findings of the account it belongs to."""
    home = f"{identity.region}:{identity.account_id}"
    return f"arn:{identity.partition}:securityhub:{home}:product/{identity.account_id}/default"


def build_asff(
    finding: Finding, identity: Identity, updated_at: datetime, state: RecordState = RecordState.ACTIVE
) -> dict[str, Any]:
    """Return the finding in ASFF: owned by the audit account, with the audited account as its resource.

    ``updated_at`` must be later than in the last import, or Security Hub ignores this one.
    Raises ``KeyError`` for INSUFFICIENT_DATA.
    """
    severity = Severity.INFORMATIONAL if finding.exemption else finding.verdict.severity
    return {
        "SchemaVersion": "2018-10-08",
        "Id": finding.id,
        "ProductArn": product_arn(identity),
        "ProductName": "RegionProof",
        "CompanyName": "RegionProof",
        "GeneratorId": f"regionproof/{finding.rule}",
        "AwsAccountId": identity.account_id,
        "CreatedAt": timestamp(finding.first_seen),
        "UpdatedAt": timestamp(updated_at),
        "FirstObservedAt": timestamp(finding.first_seen),
        "LastObservedAt": timestamp(finding.last_seen),
        "Title": shorten_to_bytes(f"{finding.rule} {finding.title}", TITLE_LENGTH),
        "Description": shorten_to_bytes(without_links(_description(finding)), DESCRIPTION_LENGTH),
        "Remediation": {
            "Recommendation": {
                "Text": shorten_to_bytes(finding.remediation, REMEDIATION_LENGTH),
                "Url": finding.reference,
            }
        },
        "FindingProviderFields": {
            "Severity": {"Label": severity.value, "Original": finding.verdict.severity.value},
            "Types": [TYPE],
        },
        "Compliance": {"Status": STATUS[finding.verdict.compliance]},
        "RecordState": state.value,
        "ProductFields": _product_fields(finding),
        "Resources": [_resource(finding, identity)],
    }


def _description(finding: Finding) -> str:
    parts = [f"{sanitize_line(finding.account.name)} ({finding.account.id}): {sanitize_line(finding.verdict.sentence)}"]
    if finding.exemption:
        exemption = finding.exemption
        parts.append(
            f"Exempt until {exemption.until} by {sanitize_line(exemption.owner)}: {sanitize_line(exemption.reason)}."
        )
    if finding.is_noncompliant:
        parts.append(finding.risk)
    return " ".join(parts)


def _product_fields(finding: Finding) -> dict[str, str]:
    fields = {
        "Rule": finding.rule,
        "AccountId": finding.account.id,
        "AccountName": finding.account.name,
        "OuPath": finding.account.ou_path,
        **finding.verdict.observed,
    }
    if finding.exemption:
        fields |= {"ExemptBy": finding.exemption.owner, "ExemptUntil": finding.exemption.until.isoformat()}
    return {
        key: shorten_to_bytes(sanitize_line(value), PRODUCT_FIELD_LENGTH)
        for key, value in fields.items()
        if value.strip()
    }


def _resource(finding: Finding, identity: Identity) -> dict[str, Any]:
    account = finding.account
    details = {"AccountName": account.name, "OuPath": account.ou_path, **finding.verdict.observed}
    return {
        "Type": "AwsAccount",
        "Id": f"AWS::::Account:{account.id}",
        "Partition": identity.partition,
        "Region": identity.region,
        "Details": {
            "Other": {
                key: shorten_to_bytes(sanitize_line(value), DETAIL_LENGTH)
                for key, value in details.items()
                if value.strip()
            }
        },
    }
