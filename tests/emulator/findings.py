"""Findings to import."""

from __future__ import annotations

from typing import Any

from tests.emulator.identities import AUDIT

PRODUCT = f"arn:aws:securityhub:us-east-1:{AUDIT}:product/{AUDIT}/default"
FIRST = "2026-11-01T00:00:00Z"
LATER = "2026-11-01T00:00:00.001Z"


def finding(**changes: Any) -> dict[str, Any]:
    """Return a valid finding of the audit account, with changes. A change to None removes the attribute."""
    whole = {
        "SchemaVersion": "2018-10-08",
        "Id": "regionproof/o-a1b2c3d4e5/400000000001/STS.1",
        "ProductArn": PRODUCT,
        "GeneratorId": "regionproof/STS.1",
        "AwsAccountId": AUDIT,
        "CreatedAt": FIRST,
        "UpdatedAt": FIRST,
        "Title": "The STS global endpoint issues tokens valid in all Regions",
        "Description": "Account 400000000001 has token version 1.",
        "FindingProviderFields": {
            "Severity": {"Label": "HIGH"},
            "Types": ["Software and Configuration Checks/AWS Security Best Practices"],
        },
        "Compliance": {"Status": "FAILED"},
        "Resources": [{"Type": "AwsAccount", "Id": "AWS::::Account:400000000001"}],
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def identifier(one: dict[str, Any]) -> dict[str, str]:
    """Return the FindingIdentifier of a finding."""
    return {"Id": one["Id"], "ProductArn": one["ProductArn"]}
