"""BatchImportFindings accepts findings in the AWS Security Finding Format and reports the violations of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.findings import PRODUCT, finding
from tests.emulator.identities import AUDIT, MEMBER, Identity, refused

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.network

LIMITS: dict[str, tuple[Callable[[str], dict[str, Any]], int]] = {
    "Id": (lambda text: {"Id": text}, 512),
    "Title": (lambda text: {"Title": text}, 256),
    "Description": (lambda text: {"Description": text}, 1024),
    "GeneratorId": (lambda text: {"GeneratorId": text}, 512),
    "AwsAccountName": (lambda text: {"AwsAccountName": text}, 50),
    "Remediation.Recommendation.Text": (lambda text: {"Remediation": {"Recommendation": {"Text": text}}}, 512),
    "ProductFields['a']": (lambda text: {"ProductFields": {"a": text}}, 2048),
    "Resources[0].Details.Other['a']": (
        lambda text: {"Resources": [{"Type": "Other", "Id": "a", "Details": {"Other": {"a": text}}}]},
        1024,
    ),
}

VIOLATIONS: dict[str, dict[str, Any]] = {
    "data should have required property 'Title'": {"Title": None},
    "data should have required property 'CreatedAt'": {"CreatedAt": None},
    "data should have required property 'FindingProviderFields'": {"FindingProviderFields": None},
    "data.Severity.Label should be equal to one of": {"Severity": {"Label": "SEVERE"}},
    "data.Compliance.Status should be equal to one of": {"Compliance": {"Status": "NON_COMPLIANT"}},
    "data.RecordState should be equal to one of": {"RecordState": "CLOSED"},
    "data.SchemaVersion should be equal to one of": {"SchemaVersion": "2026-01-01"},
    "data.Workflow.Status should be equal to one of": {"Workflow": {"Status": "DONE"}},
    'data.UpdatedAt should match format "date-time"': {"UpdatedAt": "2026-11-01 00:00:00"},
    'data.CreatedAt should match format "date-time"': {"CreatedAt": "2026-11-31T00:00:00Z"},
    'data.FirstObservedAt should match format "date-time"': {"FirstObservedAt": "2026-11-01T00:00:00"},
    "data.Types[0] should match pattern": {"Types": ["Compliance/Check"]},
    "data.Resources should NOT have fewer than 1 items": {"Resources": []},
    "data.Resources should NOT have more than 32 items": {"Resources": [{"Type": "Other", "Id": "a"}] * 33},
    "data.Resources[0] should have required property 'Type'": {"Resources": [{"Id": "a"}]},
    "data.ProductFields should NOT have more than 50 properties": {
        "ProductFields": {str(number): "a" for number in range(51)}
    },
    "data.ProductFields property name": {"ProductFields": {"a" * 129: "a"}},
    "data.ProductFields['a'] should NOT be shorter than 1": {"ProductFields": {"a": ""}},
    "data.Title should be string": {"Title": 5},
}


@pytest.fixture
def hub(audit: Identity) -> Any:
    """Enable Security Hub in the audit account and return a client."""
    client = audit.client("securityhub")
    client.enable_security_hub(EnableDefaultStandards=False)
    return client


@pytest.mark.parametrize("field", LIMITS)
def test_texts_have_a_maximum_length(field: str, hub: Any) -> None:
    """One character more is refused."""
    changes, longest = LIMITS[field]
    fits, too_long = finding(**changes("a" * longest)), finding(**changes("a" * (longest + 1)))

    answer = hub.batch_import_findings(Findings=[fits, too_long])

    assert (answer["SuccessCount"], answer["FailedCount"]) == (1, 1)
    failed = answer["FailedFindings"][0]
    assert failed["Id"] == too_long["Id"]
    assert failed["ErrorCode"] == "InvalidInput"
    assert failed["ErrorMessage"] == (
        "Finding does not adhere to Amazon Finding Format. "
        f"data.{field} should NOT be longer than {longest} characters."
    )


@pytest.mark.parametrize("problem", VIOLATIONS)
def test_a_violation_of_the_format_is_refused_with_the_reason(problem: str, hub: Any) -> None:
    """The call succeeds, and the answer names the finding."""
    answer = hub.batch_import_findings(Findings=[finding(**VIOLATIONS[problem])])

    assert (answer["SuccessCount"], answer["FailedCount"]) == (0, 1)
    assert answer["FailedFindings"][0]["ErrorCode"] == "InvalidInput"
    assert problem in answer["FailedFindings"][0]["ErrorMessage"]
    assert hub.get_findings()["Findings"] == []


@pytest.mark.parametrize(
    "moment",
    ["2026-11-01T00:00:00Z", "2026-11-01T00:00:00.123456789Z", "2026-11-01T00:00:00+01:00", "2026-11-01T00:00:00-0130"],
)
def test_a_timestamp_has_a_time_zone_and_up_to_nine_decimals(moment: str, hub: Any) -> None:
    """All of these are accepted."""
    assert hub.batch_import_findings(Findings=[finding(UpdatedAt=moment)])["SuccessCount"] == 1


def test_severity_and_types_can_be_top_level(hub: Any) -> None:
    """FindingProviderFields is filled from this older form."""
    older = finding(FindingProviderFields=None, Severity={"Normalized": 45}, Types=["Effects"])

    assert hub.batch_import_findings(Findings=[older])["SuccessCount"] == 1

    stored = hub.get_findings()["Findings"][0]
    assert stored["Severity"] == {"Label": "MEDIUM", "Normalized": 45}
    assert stored["FindingProviderFields"] == {"Severity": {"Label": "MEDIUM"}, "Types": ["Effects"]}


def test_a_finding_has_at_most_240_kilobytes(hub: Any) -> None:
    """Many resources with long details exceed the limit."""
    details = {"Other": {str(number): "a" * 1000 for number in range(10)}}
    resources = [{"Type": "Other", "Id": str(number), "Details": details} for number in range(30)]

    answer = hub.batch_import_findings(Findings=[finding(Resources=resources)])

    assert answer["FailedFindings"][0]["ErrorCode"] == "InvalidInput"


@pytest.mark.parametrize("number", [0, 101])
def test_a_call_has_1_to_100_findings(number: int, hub: Any) -> None:
    """Other numbers are refused."""
    denied = refused(hub, "batch_import_findings", Findings=[finding()] * number)

    assert (denied.code, denied.status) == ("InvalidInputException", 400)


def test_a_hundred_findings_are_imported_at_once(hub: Any) -> None:
    """This is AWS's limit."""
    findings = [finding(Id=str(number)) for number in range(100)]

    assert hub.batch_import_findings(Findings=findings)["SuccessCount"] == 100


@pytest.mark.parametrize(
    "changes",
    [
        {"AwsAccountId": MEMBER},
        {"ProductArn": PRODUCT.replace(AUDIT, MEMBER)},
        {"ProductArn": PRODUCT.replace("us-east-1", "eu-west-1")},
    ],
)
def test_a_finding_of_another_account_or_region_fails_the_call(changes: dict[str, str], hub: Any) -> None:
    """AWS answers AccessDenied without any policy, and imports nothing."""
    denied = refused(hub, "batch_import_findings", Findings=[finding(Id="own"), finding(**changes)])

    assert (denied.code, denied.status) == ("AccessDeniedException", 403)
    assert "is not authorized to perform: securityhub:BatchImportFindings on resource:" in denied.message
    assert hub.get_findings()["Findings"] == []


def test_without_security_hub_no_finding_is_imported(audit: Identity) -> None:
    """The call succeeds, and each finding fails with InvalidAccess."""
    answer = audit.client("securityhub").batch_import_findings(Findings=[finding()])

    assert answer["FailedCount"] == 1
    assert answer["FailedFindings"][0]["ErrorCode"] == "InvalidAccess"


def test_security_hub_is_enabled_per_account_and_region(audit: Identity, hub: Any) -> None:
    """In another Region, the account is not subscribed."""
    assert hub.describe_hub()["HubArn"] == f"arn:aws:securityhub:us-east-1:{AUDIT}:hub/default"

    elsewhere = refused(audit.client("securityhub", "eu-west-1"), "describe_hub")
    again = refused(hub, "enable_security_hub")

    assert (elsewhere.code, elsewhere.status) == ("InvalidAccessException", 401)
    assert elsewhere.message == f"Account {AUDIT} is not subscribed to AWS Security Hub"
    assert (again.code, again.status) == ("ResourceConflictException", 409)
