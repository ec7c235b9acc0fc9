"""Check findings against the AWS Security Finding Format, as BatchImportFindings does.

Limits: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html. Required attributes:
https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html. The messages are modelled on
real answers in https://github.com/tenable/Security-Hub/issues/13 and
https://github.com/aws-samples/aws-securityhub-config-integration/issues/3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from emulator.services.security_hub.timestamps import is_timestamp

Finding = Mapping[str, Any]

REQUIRED = (
    "AwsAccountId",
    "CreatedAt",
    "Description",
    "GeneratorId",
    "Id",
    "ProductArn",
    "Resources",
    "SchemaVersion",
    "Title",
    "UpdatedAt",
)
SEVERITIES = {"INFORMATIONAL": 0, "LOW": 1, "MEDIUM": 40, "HIGH": 70, "CRITICAL": 90}
"""Severity labels and their Normalized values."""

WORKFLOW_STATUSES = ("NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED")
VERIFICATION_STATES = ("UNKNOWN", "TRUE_POSITIVE", "FALSE_POSITIVE", "BENIGN_POSITIVE")
LARGEST_FINDING = 240 * 1024
MOST_RESOURCES = 32
MOST_TYPES = 50

_LENGTHS = {
    "AwsAccountName": (1, 50),
    "Description": (1, 1024),
    "GeneratorId": (1, 512),
    "Id": (1, 512),
    "ProductArn": (12, 2048),
    "SourceUrl": (1, 2048),
    "Title": (1, 256),
}
_ENUMERATIONS = {
    "Compliance.Status": ("PASSED", "WARNING", "FAILED", "NOT_AVAILABLE"),
    "FindingProviderFields.Severity.Label": tuple(SEVERITIES),
    "RecordState": ("ACTIVE", "ARCHIVED"),
    "SchemaVersion": ("2018-10-08",),
    "Severity.Label": tuple(SEVERITIES),
    "VerificationState": VERIFICATION_STATES,
    "Workflow.Status": WORKFLOW_STATUSES,
}
_TIMESTAMPS = ("CreatedAt", "FirstObservedAt", "LastObservedAt", "UpdatedAt")
_TYPE = re.compile(
    r"(Software and Configuration Checks|TTPs|Effects|Unusual Behaviors|Sensitive Data Identifications)"
    r"(/[^/]+){0,2}"
)
_ACCOUNT = re.compile(r"\d{12}")


def problems(finding: Finding) -> list[str]:
    """Return every violation of the format by a finding, in the order of the checks."""
    checks: tuple[Callable[[Finding], Iterator[str]], ...] = (
        _missing,
        _lengths,
        _enumerations,
        _times_and_account,
        _types,
        _resources,
        _pairs,
        _remediation,
    )
    return [problem for check in checks for problem in check(finding)]


def value_at(finding: Finding, path: str) -> Any:
    """Return the value at a path such as Compliance.Status, or None."""
    value: Any = finding
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def too_long_or_short(where: str, value: object, limits: tuple[int, int]) -> Iterator[str]:
    """Yield the violations by a text of limited length."""
    if not isinstance(value, str):
        yield f"{where} should be string"
    elif len(value) < limits[0]:
        yield f"{where} should NOT be shorter than {limits[0]} characters"
    elif len(value) > limits[1]:
        yield f"{where} should NOT be longer than {limits[1]} characters"


def wrong_types(where: str, types: object) -> Iterator[str]:
    """Yield the violations by a list of finding types."""
    if not isinstance(types, list):
        yield f"{where} should be array"
        return
    if len(types) > MOST_TYPES:
        yield f"{where} should NOT have more than {MOST_TYPES} items"
    for number, kind in enumerate(types):
        if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
            yield f"{where}[{number}] should match pattern namespace/category/classifier"


def _missing(finding: Finding) -> Iterator[str]:
    for name in REQUIRED:
        if name not in finding:
            yield f"data should have required property '{name}'"
    provider = finding.get("FindingProviderFields") or {}
    if any(name not in finding and name not in provider for name in ("Severity", "Types")):
        yield "data should have required property 'FindingProviderFields', data should match some schema in anyOf"


def _lengths(finding: Finding) -> Iterator[str]:
    for name, limits in _LENGTHS.items():
        if name in finding:
            yield from too_long_or_short(f"data.{name}", finding[name], limits)


def _enumerations(finding: Finding) -> Iterator[str]:
    for path, allowed in _ENUMERATIONS.items():
        value = value_at(finding, path)
        if value is not None and value not in allowed:
            yield f"data.{path} should be equal to one of the allowed values"


def _times_and_account(finding: Finding) -> Iterator[str]:
    for name in _TIMESTAMPS:
        if name in finding and not is_timestamp(finding[name]):
            yield f'data.{name} should match format "date-time"'
    if not _ACCOUNT.fullmatch(str(finding.get("AwsAccountId", "0" * 12))):
        yield "data.AwsAccountId should match pattern ^[0-9]{12}$"


def _types(finding: Finding) -> Iterator[str]:
    for path in ("Types", "FindingProviderFields.Types"):
        types = value_at(finding, path)
        if types is not None:
            yield from wrong_types(f"data.{path}", types)


def _resources(finding: Finding) -> Iterator[str]:
    resources = finding.get("Resources", [{"Type": "Other", "Id": "-"}])
    if not isinstance(resources, list) or not resources:
        yield "data.Resources should NOT have fewer than 1 items"
        return
    if len(resources) > MOST_RESOURCES:
        yield f"data.Resources should NOT have more than {MOST_RESOURCES} items"
    for number, resource in enumerate(resources):
        where = f"data.Resources[{number}]"
        for name, limits in (("Type", (1, 256)), ("Id", (1, 512))):
            if name not in resource:
                yield f"{where} should have required property '{name}'"
            else:
                yield from too_long_or_short(f"{where}.{name}", resource[name], limits)
        other = value_at(resource, "Details.Other") or {}
        yield from wrong_pairs(f"{where}.Details.Other", other, 1024)


def _pairs(finding: Finding) -> Iterator[str]:
    yield from wrong_pairs("data.ProductFields", finding.get("ProductFields", {}), 2048)
    yield from wrong_pairs("data.UserDefinedFields", finding.get("UserDefinedFields", {}), 1024)


def wrong_pairs(where: str, pairs: object, longest_value: int) -> Iterator[str]:
    """Yield the violations by a map of up to 50 pairs, with keys of up to 128 characters."""
    if not isinstance(pairs, Mapping):
        yield f"{where} should be object"
        return
    if len(pairs) > 50:  # noqa: PLR2004  # the docstring names it
        yield f"{where} should NOT have more than 50 properties"
    for key, value in pairs.items():
        yield from too_long_or_short(f"{where} property name '{key}'", key, (1, 128))
        yield from too_long_or_short(f"{where}['{key}']", value, (1, longest_value))


def _remediation(finding: Finding) -> Iterator[str]:
    recommendation = value_at(finding, "Remediation.Recommendation") or {}
    for name, limits in (("Text", (1, 512)), ("Url", (1, 2048))):
        if name in recommendation:
            yield from too_long_or_short(f"data.Remediation.Recommendation.{name}", recommendation[name], limits)
