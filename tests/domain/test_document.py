"""The report as JSON: the shape that other programs read."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from regionproof.domain.document import finding_document, report_document, run_document, timestamp
from regionproof.domain.facts import ReadFailure, TokenVersion
from regionproof.settings.shape import AuditSettings, Exemption, Scope
from tests.support.builders import (
    DENIED,
    MANAGEMENT_ACCOUNT_ID,
    ORGANIZATION_ID,
    a_report,
    asked_centrally,
    regions,
    some_facts,
)

if TYPE_CHECKING:
    from regionproof.domain.report import Report

A, B = "222222222222", "333333333333"
DENIED_REGIONS = ReadFailure("account:ListRegions", "AccessDeniedException", "not authorized")
AT_RISK = some_facts(opt_in=regions(ap_east_1="ENABLED", me_south_1="DISABLED"))
FINDING_KEYS = {
    "id",
    "rule",
    "account_id",
    "account_name",
    "ou_path",
    "compliance",
    "severity",
    "title",
    "description",
    "risk",
    "remediation",
    "reference",
    "observed",
    "first_seen",
    "last_seen",
    "exempt",
}


@pytest.mark.parametrize(
    ("moment", "spelled"),
    [
        (datetime(2026, 11, 21, 6, 0, tzinfo=UTC), "2026-11-21T06:00:00.000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 6999, tzinfo=UTC), "2026-01-02T03:04:05.006Z"),
        (datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "2026-12-31T23:59:59.999Z"),
    ],
)
def test_times_are_spelled_as_aws_does(moment: datetime, spelled: str) -> None:
    """With milliseconds and a Z, never rounded up into the future."""
    assert timestamp(moment) == spelled


def test_the_document_has_the_promised_keys_and_is_json() -> None:
    """Other programs rely on them."""
    document = json.loads(json.dumps(report_document(a_report({A: AT_RISK}))))
    assert list(document) == ["run", "organization", "summary", "accounts", "findings"]
    assert document["organization"] == {"id": ORGANIZATION_ID, "management_account": MANAGEMENT_ACCOUNT_ID}
    assert document["run"] == {
        "id": "run-1",
        "started_at": "2026-11-21T06:00:00.000Z",
        "finished_at": "2026-11-21T06:00:00.000Z",
        "duration_seconds": 0.0,
        "audit_account": MANAGEMENT_ACCOUNT_ID,
        "partition": "aws",
        "region": "eu-central-1",
        "partial": False,
    }


def test_the_summary_of_the_function_is_the_head_of_the_document() -> None:
    """Both say the same."""
    report = a_report({A: AT_RISK})
    head = {key: report_document(report)[key] for key in ("run", "organization", "summary")}
    assert run_document(report) == head


def test_an_account_shows_what_was_read() -> None:
    """Disabled opt-in Regions are shown with their status."""
    account = _accounts(a_report({A: AT_RISK}))[A]
    assert account == {
        "id": A,
        "name": "orders",
        "state": "ACTIVE",
        "ou_path": "Root/Workloads/Production",
        "in_scope": True,
        "audited": True,
        "token_version": 1,
        "opt_in_regions": {"ap-east-1": "ENABLED", "me-south-1": "DISABLED"},
        "unread": [],
        "asked_centrally_after": [],
    }


def test_what_was_not_read_is_null_and_never_a_value() -> None:
    """A token version that is unknown is not 1, and unread Regions are not an empty list."""
    account = _accounts(a_report({A: some_facts(DENIED, DENIED)}))[A]
    assert account["audited"] is False
    assert account["token_version"] is None
    assert account["opt_in_regions"] is None
    assert account["unread"] == [{"call": DENIED.call, "code": DENIED.code, "message": DENIED.message}]


def test_a_denial_after_which_the_audit_asked_centrally_is_shown() -> None:
    """If the answer came, beside what was read; if not, both failures are shown as unread."""
    denial = {"call": DENIED_REGIONS.call, "code": DENIED_REGIONS.code, "message": DENIED_REGIONS.message}
    answered = _accounts(a_report({A: asked_centrally(DENIED_REGIONS, regions(ap_east_1="ENABLED"))}))[A]
    assert answered["audited"] is True
    assert answered["opt_in_regions"] == {"ap-east-1": "ENABLED"}
    assert (answered["unread"], answered["asked_centrally_after"]) == ([], [denial])
    throttled = ReadFailure("account:ListRegions", "TooManyRequestsException", "Rate exceeded")
    failed = _accounts(a_report({A: asked_centrally(DENIED_REGIONS, throttled)}))[A]
    assert (failed["audited"], failed["opt_in_regions"]) == (False, None)
    assert [unread["code"] for unread in failed["unread"]] == ["AccessDeniedException", "TooManyRequestsException"]
    assert failed["asked_centrally_after"] == [denial]


def test_no_opt_in_region_is_an_empty_list_and_not_null() -> None:
    """It was looked at, and there is none."""
    account = _accounts(a_report({A: some_facts(TokenVersion(2), regions())}))[A]
    assert account["opt_in_regions"] == {}
    assert account["token_version"] == 2


def test_an_account_that_the_run_did_not_look_at_is_listed_with_nulls() -> None:
    """It was not audited, and nothing failed."""
    settings = AuditSettings(scope=Scope(exclude_accounts=(B,)))
    account = _accounts(a_report({A: AT_RISK, B: AT_RISK}, settings))[B]
    assert account["in_scope"] is False
    assert account["audited"] is False
    assert (account["token_version"], account["opt_in_regions"], account["unread"]) == (None, None, [])


def test_a_finding_has_the_promised_keys() -> None:
    """And the values of its verdict."""
    finding = next(f for f in a_report({A: AT_RISK}).open_findings)
    document = finding_document(finding)
    assert set(document) == FINDING_KEYS
    assert document["id"] == f"regionproof/{ORGANIZATION_ID}/{A}/STS.1"
    assert (document["compliance"], document["severity"]) == ("NON_COMPLIANT", "HIGH")
    assert document["observed"] == {"TokenVersion": "1", "OptInRegions": "ap-east-1 (ENABLED)"}
    assert document["exempt"] is None
    assert document["first_seen"].endswith("Z")
    assert document["last_seen"].endswith("Z")


def test_an_exemption_is_told_with_owner_reason_and_end() -> None:
    """The finding stays noncompliant."""
    exemption = Exemption(account=A, rule="STS.1", owner="payments", reason="a device", until=date(2027, 3, 31))
    report = a_report({A: AT_RISK}, AuditSettings(exemptions=(exemption,)))
    document = next(finding_document(f) for f in report.findings if f.exemption)
    assert document["compliance"] == "NON_COMPLIANT"
    assert document["exempt"] == {"owner": "payments", "reason": "a device", "until": "2027-03-31"}


def _accounts(report: Report) -> dict[str, dict[str, Any]]:
    return {account["id"]: account for account in report_document(report)["accounts"]}
