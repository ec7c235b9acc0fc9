"""Findings in Security Hub: updates by the provider, updates by the customer, and filters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.findings import FIRST, LATER, finding, identifier
from tests.emulator.identities import Identity, refused

pytestmark = pytest.mark.network


@pytest.fixture
def hub(audit: Identity) -> Any:
    """Enable Security Hub in the audit account and return a client."""
    client = audit.client("securityhub")
    client.enable_security_hub(EnableDefaultStandards=False)
    return client


def stored(hub: Any) -> dict[str, Any]:
    """Return the only finding."""
    (one,) = hub.get_findings()["Findings"]
    return dict(one)


def test_a_new_finding_is_completed(hub: Any) -> None:
    """It gets a workflow status, record state, severity and Region."""
    hub.batch_import_findings(Findings=[finding()])

    one = stored(hub)

    assert one["Workflow"] == {"Status": "NEW"}
    assert one["RecordState"] == "ACTIVE"
    assert one["Severity"] == {"Label": "HIGH", "Normalized": 70}
    assert one["Types"] == one["FindingProviderFields"]["Types"]
    assert one["Region"] == "us-east-1"


@pytest.mark.parametrize(
    ("updated_at", "title"),
    [(FIRST, "first"), ("2026-10-31T23:59:59Z", "first"), ("2026-11-01T01:00:00+01:00", "first"), (LATER, "second")],
)
def test_an_update_without_a_later_time_is_ignored(updated_at: str, title: str, hub: Any) -> None:
    """It is still counted as a success."""
    hub.batch_import_findings(Findings=[finding(Title="first")])

    answer = hub.batch_import_findings(Findings=[finding(Title="second", UpdatedAt=updated_at)])

    assert (answer["SuccessCount"], answer["FailedCount"]) == (1, 0)
    assert stored(hub)["Title"] == title


def test_an_update_keeps_the_time_of_creation(hub: Any) -> None:
    """CreatedAt stays that of the first import."""
    hub.batch_import_findings(Findings=[finding()])

    hub.batch_import_findings(Findings=[finding(CreatedAt=LATER, UpdatedAt=LATER)])

    assert stored(hub)["CreatedAt"] == FIRST


def test_the_customers_changes_survive_an_update(hub: Any) -> None:
    """The provider cannot change the note, user-defined fields, verification state or workflow status."""
    hub.batch_import_findings(Findings=[finding()])
    hub.batch_update_findings(
        FindingIdentifiers=[identifier(finding())],
        Note={"Text": "known", "UpdatedBy": "tester"},
        UserDefinedFields={"ticket": "1"},
        VerificationState="TRUE_POSITIVE",
        Workflow={"Status": "SUPPRESSED"},
    )
    theirs = {
        "Note": {"Text": "ours", "UpdatedBy": "provider", "UpdatedAt": LATER},
        "UserDefinedFields": {"ticket": "2"},
        "VerificationState": "UNKNOWN",
        "Workflow": {"Status": "NEW"},
    }

    hub.batch_import_findings(Findings=[finding(UpdatedAt=LATER, Title="second", **theirs)])

    one = stored(hub)
    assert (one["Title"], one["Note"]["Text"]) == ("second", "known")
    assert one["UserDefinedFields"] == {"ticket": "1"}
    assert one["VerificationState"] == "TRUE_POSITIVE"
    assert one["Workflow"] == {"Status": "SUPPRESSED"}


@pytest.mark.parametrize(
    ("status", "before", "after", "expected"),
    [
        ("RESOLVED", {"Compliance": {"Status": "PASSED"}}, {"Compliance": {"Status": "FAILED"}}, "NEW"),
        ("NOTIFIED", {"Compliance": {"Status": "PASSED"}}, {"Compliance": {"Status": "WARNING"}}, "NEW"),
        ("RESOLVED", {"Compliance": {"Status": "PASSED"}}, {"Compliance": {"Status": "NOT_AVAILABLE"}}, "NEW"),
        ("SUPPRESSED", {"Compliance": {"Status": "PASSED"}}, {"Compliance": {"Status": "FAILED"}}, "SUPPRESSED"),
        ("RESOLVED", {"Compliance": {"Status": "FAILED"}}, {"Compliance": {"Status": "FAILED"}}, "RESOLVED"),
        ("NOTIFIED", {"Compliance": {"Status": "FAILED"}}, {"Compliance": {"Status": "PASSED"}}, "NOTIFIED"),
        ("RESOLVED", {"RecordState": "ARCHIVED"}, {"RecordState": "ACTIVE"}, "NEW"),
        ("NOTIFIED", {"RecordState": "ACTIVE"}, {"RecordState": "ARCHIVED"}, "NOTIFIED"),
    ],
)
def test_the_workflow_status_returns_to_new_when_the_problem_returns(
    status: str, before: dict[str, Any], after: dict[str, Any], expected: str, hub: Any
) -> None:
    """NOTIFIED and RESOLVED return to NEW, SUPPRESSED stays."""
    hub.batch_import_findings(Findings=[finding(**before)])
    hub.batch_update_findings(FindingIdentifiers=[identifier(finding())], Workflow={"Status": status})

    hub.batch_import_findings(Findings=[finding(UpdatedAt=LATER, **after)])

    assert stored(hub)["Workflow"]["Status"] == expected


def test_an_update_by_the_customer_keeps_the_providers_time(hub: Any) -> None:
    """UpdatedAt belongs to the provider. The note has its own UpdatedAt."""
    hub.batch_import_findings(Findings=[finding()])

    answer = hub.batch_update_findings(
        FindingIdentifiers=[identifier(finding())],
        Severity={"Label": "LOW"},
        Note={"Text": "known", "UpdatedBy": "tester"},
    )

    assert answer["ProcessedFindings"] == [identifier(finding())]
    one = stored(hub)
    assert one["UpdatedAt"] == FIRST
    assert one["Severity"] == {"Label": "LOW", "Normalized": 1}
    assert one["FindingProviderFields"]["Severity"] == {"Label": "HIGH"}
    assert one["Note"]["UpdatedAt"] > FIRST


def test_a_missing_finding_is_unprocessed(hub: Any) -> None:
    """The other findings are processed."""
    hub.batch_import_findings(Findings=[finding()])
    missing = {**identifier(finding()), "Id": "missing"}

    answer = hub.batch_update_findings(
        FindingIdentifiers=[missing, identifier(finding())], Workflow={"Status": "RESOLVED"}
    )

    assert [one["ErrorCode"] for one in answer["UnprocessedFindings"]] == ["FindingNotFound"]
    assert answer["ProcessedFindings"] == [identifier(finding())]


def test_an_update_that_violates_the_format_is_refused(hub: Any) -> None:
    """Nothing is written."""
    hub.batch_import_findings(Findings=[finding()])

    denied = refused(
        hub,
        "batch_update_findings",
        FindingIdentifiers=[identifier(finding())],
        Workflow={"Status": "DONE"},
    )

    assert denied.code == "InvalidInputException"
    assert stored(hub)["Workflow"]["Status"] == "NEW"


def equals(value: str) -> list[dict[str, str]]:
    """Return the conditions of a filter for one value."""
    return [{"Value": value, "Comparison": "EQUALS"}]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"a/1", "a/2", "b/1"}),
        ({"Id": equals("a/1")}, {"a/1"}),
        ({"Id": [*equals("a/1"), *equals("b/1")]}, {"a/1", "b/1"}),
        ({"Id": [{"Value": "a/", "Comparison": "PREFIX"}]}, {"a/1", "a/2"}),
        (
            {
                "Id": [
                    {"Value": "a/1", "Comparison": "NOT_EQUALS"},
                    {"Value": "a/2", "Comparison": "NOT_EQUALS"},
                ]
            },
            {"b/1"},
        ),
        (
            {
                "Id": [
                    {"Value": "a/", "Comparison": "PREFIX"},
                    {"Value": "a/2", "Comparison": "NOT_EQUALS"},
                ]
            },
            {"a/1"},
        ),
        ({"Title": [{"Value": "SECOND", "Comparison": "CONTAINS_WORD"}]}, {"a/2"}),
        ({"ComplianceStatus": equals("PASSED")}, {"b/1"}),
        ({"SeverityLabel": equals("HIGH"), "ComplianceStatus": equals("FAILED")}, {"a/1", "a/2"}),
        ({"ResourceId": equals("other")}, {"b/1"}),
        ({"RecordState": equals("ARCHIVED")}, {"a/2"}),
        ({"UpdatedAt": [{"Start": "2026-11-02T00:00:00Z", "End": "2026-11-04T00:00:00Z"}]}, {"b/1"}),
        ({"ProductFields": [{"Key": "rule", "Value": "STS.1", "Comparison": "EQUALS"}]}, {"a/1"}),
    ],
)
def test_filters_combine_fields_with_and_and_conditions_with_or(
    filters: dict[str, Any], expected: set[str], hub: Any
) -> None:
    """Negative conditions on a field are combined with AND."""
    hub.batch_import_findings(
        Findings=[
            finding(Id="a/1", Title="first", ProductFields={"rule": "STS.1"}),
            finding(Id="a/2", Title="the second one", RecordState="ARCHIVED"),
            finding(
                Id="b/1",
                UpdatedAt="2026-11-03T00:00:00Z",
                Compliance={"Status": "PASSED"},
                Resources=[{"Type": "Other", "Id": "other"}],
            ),
        ]
    )

    assert {one["Id"] for one in hub.get_findings(Filters=filters)["Findings"]} == expected


@pytest.mark.parametrize(
    "filters",
    [
        {"Id": [*equals("a"), {"Value": "b", "Comparison": "NOT_EQUALS"}]},
        {"Id": [{"Value": "a", "Comparison": "LIKE"}]},
        {"Keyword": [{"Value": "red"}]},
    ],
)
def test_an_invalid_filter_is_refused(filters: dict[str, Any], hub: Any) -> None:
    """It does not return an empty result."""
    assert refused(hub, "get_findings", Filters=filters).code == "InvalidInputException"


def test_findings_are_sorted_and_paged(hub: Any) -> None:
    """Here the newest come first, two per page."""
    days = range(1, 6)
    hub.batch_import_findings(Findings=[finding(Id=str(day), UpdatedAt=f"2026-11-{day:02}T00:00:00Z") for day in days])
    order = [{"Field": "UpdatedAt", "SortOrder": "desc"}]

    pages = hub.get_paginator("get_findings").paginate(SortCriteria=order, PaginationConfig={"PageSize": 2})

    assert [[one["Id"] for one in page["Findings"]] for page in pages] == [["5", "4"], ["3", "2"], ["1"]]
    assert refused(hub, "get_findings", NextToken="Mg==").code == "InvalidInputException"
