"""Updates by the customer: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindings.html."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any

from emulator.http.answers import Refusal
from emulator.services.security_hub import asff
from emulator.services.security_hub.imported import complete_severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.services.security_hub.hub import Finding

_PLAIN = ("Confidence", "Criticality", "RelatedFindings", "Types", "UserDefinedFields", "VerificationState")


def check_update(payload: dict[str, Any]) -> None:
    """Raise Refusal if an update violates the format."""
    problems = list(_problems(payload))
    if problems:
        raise Refusal("InvalidInputException", ", ".join(problems))


def apply_update(finding: Finding, payload: dict[str, Any]) -> None:
    """Write the customer's changes into a finding. UpdatedAt belongs to the provider and stays."""
    for name in _PLAIN:
        if name in payload:
            finding[name] = copy.deepcopy(payload[name])
    if "Severity" in payload:
        finding["Severity"] = complete_severity(payload["Severity"])
    if "Workflow" in payload:
        finding["Workflow"] = {**finding["Workflow"], **payload["Workflow"]}
    if "Note" in payload:
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        finding["Note"] = {**payload["Note"], "UpdatedAt": now}


def _problems(payload: dict[str, Any]) -> Iterator[str]:
    allowed = {
        "Workflow.Status": asff.WORKFLOW_STATUSES,
        "Severity.Label": tuple(asff.SEVERITIES),
        "VerificationState": asff.VERIFICATION_STATES,
    }
    for path, values in allowed.items():
        value = asff.value_at(payload, path)
        if value is not None and value not in values:
            yield f"{path} should be equal to one of the allowed values"
    if "Types" in payload:
        yield from asff.wrong_types("Types", payload["Types"])
    if "UserDefinedFields" in payload:
        yield from asff.wrong_pairs("UserDefinedFields", payload["UserDefinedFields"], 1024)
    for name in ("Text", "UpdatedBy") if "Note" in payload else ():
        yield from asff.too_long_or_short(f"Note.{name}", payload["Note"].get(name), (1, 512))
