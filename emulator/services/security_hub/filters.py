"""Apply the filters of GetFindings: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_StringFilter.html."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emulator.http.answers import Refusal
from emulator.services.security_hub.asff import value_at
from emulator.services.security_hub.timestamps import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PATHS = {
    "AwsAccountId": "AwsAccountId",
    "AwsAccountName": "AwsAccountName",
    "ComplianceStatus": "Compliance.Status",
    "CreatedAt": "CreatedAt",
    "Description": "Description",
    "GeneratorId": "GeneratorId",
    "Id": "Id",
    "NoteText": "Note.Text",
    "ProductArn": "ProductArn",
    "RecordState": "RecordState",
    "Region": "Region",
    "SeverityLabel": "Severity.Label",
    "SeverityNormalized": "Severity.Normalized",
    "Title": "Title",
    "Type": "Types",
    "UpdatedAt": "UpdatedAt",
    "VerificationState": "VerificationState",
    "WorkflowStatus": "Workflow.Status",
}
_OF_RESOURCES = {"ResourceId": "Id", "ResourceRegion": "Region", "ResourceType": "Type"}
_MAPS = ("ProductFields", "UserDefinedFields")
_DATES = ("CreatedAt", "UpdatedAt")
_NUMBERS = ("SeverityNormalized",)

_POSITIVE: dict[str, Callable[[str, str], bool]] = {
    "EQUALS": lambda value, expected: value == expected,
    "PREFIX": lambda value, expected: value.startswith(expected),
    "CONTAINS": lambda value, expected: expected in value,
    "CONTAINS_WORD": lambda value, expected: expected.lower() in re.findall(r"\w+", value.lower()),
}
_NEGATIVE: dict[str, Callable[[str, str], bool]] = {
    "NOT_EQUALS": lambda value, unwanted: value != unwanted,
    "PREFIX_NOT_EQUALS": lambda value, unwanted: not value.startswith(unwanted),
    "NOT_CONTAINS": lambda value, unwanted: unwanted not in value,
}

Conditions = list[dict[str, Any]]


def check_filters(filters: Mapping[str, Conditions]) -> None:
    """Raise Refusal for a filter that AWS refuses or the emulator does not support."""
    for name, conditions in filters.items():
        if name not in {*_PATHS, *_OF_RESOURCES, *_MAPS}:
            raise _invalid(f"The local emulator does not support the filter {name}")
        if name in _DATES or name in _NUMBERS:
            continue
        used = {condition.get("Comparison") for condition in conditions}
        if not used <= {*_POSITIVE, *_NEGATIVE}:
            raise _invalid(f"Invalid parameter 'Comparison' in the filter {name}")
        clashes = ({"EQUALS"}, {"NOT_EQUALS", "PREFIX_NOT_EQUALS"}), ({"CONTAINS"}, {"NOT_CONTAINS"})
        if any(used & one and used & other for one, other in clashes):
            raise _invalid(f"The filter {name} combines comparisons that exclude each other")


def matches(finding: Mapping[str, Any], filters: Mapping[str, Conditions]) -> bool:
    """Return whether a finding passes all filters."""
    return all(_passes(finding, name, conditions) for name, conditions in filters.items())


def _passes(finding: Mapping[str, Any], name: str, conditions: Conditions) -> bool:
    if name in _MAPS:
        pairs = finding.get(name, {})
        return _passes_texts([str(pairs.get(entry["Key"], "")) for entry in conditions[:1]], conditions)
    if name in _DATES:
        return any(_in_range(str(value_at(finding, name)), condition) for condition in conditions)
    if name in _NUMBERS:
        number = value_at(finding, _PATHS[name])
        return any(_in_bounds(number, condition) for condition in conditions)
    return _passes_texts(_texts(finding, name), conditions)


def _texts(finding: Mapping[str, Any], name: str) -> list[str]:
    if name in _OF_RESOURCES:
        return [str(resource.get(_OF_RESOURCES[name], "")) for resource in finding["Resources"]]
    value = value_at(finding, _PATHS[name])
    values = value if isinstance(value, list) else [value]
    return ["" if text is None else str(text) for text in values]


def _passes_texts(texts: list[str], conditions: Conditions) -> bool:
    """Return whether the texts pass any of the positive conditions and all of the negative ones."""
    positive = [entry for entry in conditions if entry["Comparison"] in _POSITIVE]
    negative = [entry for entry in conditions if entry["Comparison"] in _NEGATIVE]
    included = not positive or any(
        _POSITIVE[entry["Comparison"]](text, entry["Value"]) for entry in positive for text in texts
    )
    return included and all(
        _NEGATIVE[entry["Comparison"]](text, entry["Value"]) for entry in negative for text in texts
    )


def _in_range(value: str, condition: dict[str, Any]) -> bool:
    if "DateRange" in condition:
        raise _invalid("The local emulator supports Start and End, not DateRange")
    when = moment(value)
    after = "Start" not in condition or when >= moment(condition["Start"])
    return after and ("End" not in condition or when <= moment(condition["End"]))


def _in_bounds(number: float, condition: dict[str, float]) -> bool:
    above = number >= condition.get("Gte", number) and number >= condition.get("Eq", number)
    return above and number <= condition.get("Lte", number) and number <= condition.get("Eq", number)


def _invalid(message: str) -> Refusal:
    return Refusal("InvalidInputException", message)
