"""Imports by the provider: complete a new finding, and merge an update into a known one.

https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html and, for the workflow
status, https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Workflow.html.
"""

from __future__ import annotations

import copy
from typing import Any

from emulator.services.security_hub.asff import SEVERITIES, value_at
from emulator.services.security_hub.timestamps import moment

_CUSTOMER_FIELDS = ("Note", "UserDefinedFields", "VerificationState", "Workflow")
_PROVIDER_FIELDS = ("Confidence", "Criticality", "RelatedFindings", "Severity", "Types")
_NOT_PASSED = ("WARNING", "FAILED", "NOT_AVAILABLE")
_BOUNDS = ((90, "CRITICAL"), (70, "HIGH"), (40, "MEDIUM"), (1, "LOW"), (0, "INFORMATIONAL"))


def first_import(finding: dict[str, Any]) -> dict[str, Any]:
    """Complete a new finding. Only this first import may set the fields that customers own."""
    stored = _with_provider_fields(finding)
    stored.setdefault("RecordState", "ACTIVE")
    stored.setdefault("Workflow", {"Status": "NEW"})
    stored["WorkflowState"] = "NEW"
    return stored


def is_later(finding: dict[str, Any], known: dict[str, Any]) -> bool:
    """Return whether an update counts. One without a later UpdatedAt is ignored."""
    return moment(finding["UpdatedAt"]) > moment(known["UpdatedAt"])


def update(known: dict[str, Any], finding: dict[str, Any]) -> dict[str, Any]:
    """Return the known finding after an update by its provider."""
    stored = _with_provider_fields(finding)
    stored.setdefault("RecordState", "ACTIVE")
    for name in (*_CUSTOMER_FIELDS, "WorkflowState"):
        stored.pop(name, None)
        if name in known:
            stored[name] = known[name]
    stored["CreatedAt"] = known["CreatedAt"]
    if _reopens(known, stored):
        stored["Workflow"] = {**stored["Workflow"], "Status": "NEW"}
    return stored


def complete_severity(severity: dict[str, Any]) -> dict[str, Any]:
    """Return a severity with both Label and Normalized."""
    completed = dict(severity)
    if "Label" in completed:
        completed.setdefault("Normalized", SEVERITIES[completed["Label"]])
    elif "Normalized" in completed:
        completed["Label"] = next(label for bound, label in _BOUNDS if completed["Normalized"] >= bound)
    return completed


def _with_provider_fields(finding: dict[str, Any]) -> dict[str, Any]:
    """Copy FindingProviderFields to the top level. Fill those that the provider left out from the top level."""
    stored = copy.deepcopy(finding)
    provided = stored.setdefault("FindingProviderFields", {})
    for name in _PROVIDER_FIELDS:
        if name in provided:
            stored[name] = copy.deepcopy(provided[name])
        elif name in stored:
            provided[name] = copy.deepcopy(stored[name])
    stored["Severity"] = complete_severity(stored["Severity"])
    provided["Severity"] = {name: value for name, value in stored["Severity"].items() if name in {"Label", "Original"}}
    return stored


def _reopens(known: dict[str, Any], stored: dict[str, Any]) -> bool:
    if value_at(known, "Workflow.Status") not in {"NOTIFIED", "RESOLVED"}:
        return False
    returned = (known["RecordState"], stored["RecordState"]) == ("ARCHIVED", "ACTIVE")
    failed = value_at(known, "Compliance.Status") == "PASSED" and value_at(stored, "Compliance.Status") in _NOT_PASSED
    return returned or failed
