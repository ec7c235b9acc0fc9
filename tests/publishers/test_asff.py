"""Findings in ASFF: complete and within every limit, even with hostile names."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from regionproof.domain.facts import ReadFailure, TokenVersion
from regionproof.domain.findings import Compliance, Severity, Verdict
from regionproof.domain.report import Identity
from regionproof.publishers.asff import RecordState, build_asff, product_arn
from regionproof.rules import all_rules
from regionproof.settings.shape import AuditSettings, Exemption, RegionsRule, Rules
from tests.support.builders import DENIED, IDENTITY, NOW, ORGANIZATION_ID, a_report, an_account, regions, some_facts

from .asff_schema import validator

if TYPE_CHECKING:
    from regionproof.domain.findings import Finding

A, B, C = "222222222222", "333333333333", "444444444444"
REPORT = a_report(
    {
        A: some_facts(opt_in=regions(ap_east_1="ENABLED", me_south_1="ENABLING")),
        B: some_facts(TokenVersion(2)),
        C: some_facts(DENIED, DENIED),
    },
    AuditSettings(rules=Rules(regions_1=RegionsRule(approved=()))),
)
IMPORTED = [f for f in REPORT.findings if f.verdict.compliance in {Compliance.COMPLIANT, Compliance.NON_COMPLIANT}]
ONE = next(finding for finding in IMPORTED if finding.account.id == A and finding.rule == "STS.1")
EXEMPTION = Exemption(account=A, rule="STS.1", owner="payments", reason="a device", until=date(2027, 3, 31))

hostile = st.text(max_size=3000) | st.text(st.characters(categories=["Cc", "Cf", "Zs", "Zl", "L"]), max_size=60)


@pytest.mark.parametrize("finding", IMPORTED, ids=lambda finding: f"{finding.rule} {finding.account.id}")
def test_a_finding_is_valid(finding: Finding) -> None:
    """It fits the botocore model of the call and the limits in the AWS documentation."""
    validator().validate([build_asff(finding, IDENTITY, NOW)])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(name=hostile, unit=hostile, message=hostile, owner=hostile)
@example(name="x" * 3000, unit="x" * 3000, message="x" * 3000, owner="x" * 3000)
@example(name=" ", unit=" ", message=" ", owner=" ")
@example(name="", unit="", message="", owner="")
def test_no_untrusted_text_makes_a_finding_invalid(name: str, unit: str, message: str, owner: str) -> None:
    """Long, blank, multibyte and hostile names and messages are cut, cleaned or left out."""
    account = an_account(A, name)
    unit_of_account = dataclasses.replace(account.parents[-1], name=unit)
    failure = ReadFailure("sts:AssumeRole", "AccessDenied", message)
    exemption = dataclasses.replace(EXEMPTION, owner=owner, reason=message)
    finding = dataclasses.replace(
        ONE,
        account=dataclasses.replace(account, parents=(*account.parents, unit_of_account)),
        title=f"{ONE.title} {len(name) * 'x'}",
        verdict=Verdict.noncompliant(Severity.HIGH, f"failed: {failure.message}", Call=failure.message),
        exemption=exemption,
    )
    built = build_asff(finding, IDENTITY, NOW)
    validator().validate([built])
    assert all(len(text.splitlines()) <= 1 for text in _texts(built))


PUBLIC_REFUSALS = {
    "a recommendation of more than 512": "https://github.com/tenable/Security-Hub/issues/13",
    "a description of more than 1024": "https://github.com/prowler-cloud/prowler/issues/2519",
    "an empty type of a resource": "https://github.com/prowler-cloud/prowler/issues/778",
    "a field of 32768 and more": "https://github.com/mitre/heimdall2/issues/3357",
    "no fields of the provider": "https://github.com/aws-samples/aws-securityhub-config-integration/issues/3",
}
"""Mistakes of other products that Security Hub refused, with the issue of each."""


@pytest.mark.parametrize("refused", PUBLIC_REFUSALS)
@pytest.mark.parametrize("end", ["", "\x00\u202e", " é" * 400])
def test_a_denial_with_all_observed_values_avoids_known_mistakes(refused: str, end: str) -> None:
    """A very long message is cut. Its cause comes first and stays complete."""
    message = (
        f"User: arn:aws:sts::{C}:assumed-role/{'r' * 64}/RegionProofAudit is not authorized to perform: "
        f"account:ListRegions on resource: arn:aws:account::{C}:account with an explicit deny in a service control "
        f"policy: arn:aws:organizations::111111111111:policy/o-exampleorg/service_control_policy/p-{'e' * 120}. Go to "
        f"https://example.com/authorization-details/{'0' * 256}{end}"
    )
    report = a_report({C: some_facts(ReadFailure("account:ListRegions", "AccessDeniedException", message))})
    (finding,) = (f for f in report.findings if f.rule == "Coverage.1" and f.account.id == C)
    built = build_asff(finding, IDENTITY, NOW)
    validator().validate([built])
    avoided = {
        "a recommendation of more than 512": 1 <= len(built["Remediation"]["Recommendation"]["Text"]) <= 512,
        "a description of more than 1024": "exempt arn:aws:iam::*:role/" in built["Description"][:1024],
        "an empty type of a resource": built["Resources"][0]["Type"] == "AwsAccount",
        "a field of 32768 and more": max(map(len, _texts(built))) <= 2048,
        "no fields of the provider": set(built["FindingProviderFields"]) == {"Severity", "Types"},
    }
    assert avoided[refused]


def _texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in _texts(value)]
    if isinstance(node, list):
        return [text for value in node for text in _texts(value)]
    return [node]


def test_the_schema_refuses_invalid_findings() -> None:
    """Otherwise the tests above would prove nothing.

    The author of https://pypi.org/project/asff/ lists what the service answered.
    """
    valid = build_asff(ONE, IDENTITY, NOW)
    mistakes: list[dict[str, Any]] = [
        {"Title": " "},
        {"Title": "x" * 257},
        {"Resources": [{}]},
        {"Colour": "red"},
        {"CreatedAt": "now"},
    ]
    for mistake in mistakes:
        assert not validator().is_valid([{**valid, **mistake}])
    assert not validator().is_valid([valid] * 101)
    assert not validator().is_valid([])


def test_a_finding_belongs_to_the_audit_account_and_names_the_audited_one() -> None:
    """BatchImportFindings refuses the id of another account on the default product."""
    built = build_asff(ONE, IDENTITY, NOW)
    assert built["AwsAccountId"] == IDENTITY.account_id
    assert built["Resources"][0]["Type"] == "AwsAccount"
    assert built["Resources"][0]["Id"] == f"AWS::::Account:{A}"
    assert built["ProductFields"]["AccountId"] == A


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_product_is_the_default_product_of_the_audit_account(partition: str) -> None:
    """Its ARN has the partition and the Region of the audit."""
    identity = Identity("111111111111", partition, "eu-central-1")
    expected = f"arn:{partition}:securityhub:eu-central-1:111111111111:product/111111111111/default"
    assert product_arn(identity) == expected
    assert build_asff(ONE, identity, NOW)["ProductArn"] == expected
    assert build_asff(ONE, identity, NOW)["Resources"][0]["Partition"] == partition


def test_the_id_is_the_same_in_every_run() -> None:
    """Otherwise an import would not update the finding of an earlier run, or would replace another account's.

    https://github.com/cloud-custodian/cloud-custodian/issues/3429
    """
    assert build_asff(ONE, IDENTITY, NOW)["Id"] == f"regionproof/{ORGANIZATION_ID}/{A}/STS.1"


@pytest.mark.parametrize(("account_id", "status", "label"), [(A, "FAILED", "HIGH"), (B, "PASSED", "INFORMATIONAL")])
def test_compliant_findings_pass_and_noncompliant_ones_fail(account_id: str, status: str, label: str) -> None:
    """The severity of the verdict is in ``FindingProviderFields``."""
    finding = next(f for f in IMPORTED if f.account.id == account_id and f.rule == "STS.1")
    built = build_asff(finding, IDENTITY, NOW)
    assert built["Compliance"] == {"Status": status}
    assert built["FindingProviderFields"]["Severity"] == {"Label": label, "Original": label}
    assert built["RecordState"] == "ACTIVE"


def test_insufficient_data_cannot_be_built() -> None:
    """Any status would overwrite the result of an earlier run."""
    verdict = Verdict.insufficient_data("nothing")
    with pytest.raises(KeyError):
        build_asff(dataclasses.replace(ONE, verdict=verdict), IDENTITY, NOW)


def test_an_archived_finding_keeps_its_last_status() -> None:
    """A finding of a rule that no longer applies has none."""
    archived = build_asff(ONE, IDENTITY, NOW, RecordState.ARCHIVED)
    assert (archived["RecordState"], archived["Compliance"]) == ("ARCHIVED", {"Status": "FAILED"})
    not_applicable = dataclasses.replace(ONE, verdict=Verdict.not_applicable("No list is configured."))
    built = build_asff(not_applicable, IDENTITY, NOW, RecordState.ARCHIVED)
    assert built["Compliance"] == {"Status": "NOT_AVAILABLE"}
    validator().validate([archived, built])


def test_a_finding_has_the_times_of_its_observations_and_of_its_import() -> None:
    """Security Hub ignores an import that is not newer than the last one."""
    finding = dataclasses.replace(ONE, first_seen=NOW - timedelta(days=3), last_seen=NOW - timedelta(hours=1))
    built = build_asff(finding, IDENTITY, NOW + timedelta(milliseconds=1))
    assert built["CreatedAt"] == built["FirstObservedAt"] == "2026-11-18T06:00:00.000Z"
    assert built["LastObservedAt"] == "2026-11-21T05:00:00.000Z"
    assert built["UpdatedAt"] == "2026-11-21T06:00:00.001Z"


def test_an_exempt_finding_stays_failed_and_names_the_owner() -> None:
    """It is informational, keeps its original severity, and has the owner, the reason and the end."""
    built = build_asff(dataclasses.replace(ONE, exemption=EXEMPTION), IDENTITY, NOW)
    assert built["Compliance"] == {"Status": "FAILED"}
    assert built["FindingProviderFields"]["Severity"] == {"Label": "INFORMATIONAL", "Original": "HIGH"}
    assert "Exempt until 2027-03-31 by payments: a device." in built["Description"]
    added = {"ExemptBy": "payments", "ExemptUntil": "2027-03-31"}
    assert built["ProductFields"] == {**build_asff(ONE, IDENTITY, NOW)["ProductFields"], **added}


def test_the_description_names_the_account_the_values_and_the_risk() -> None:
    """A search for the error finds the finding."""
    description = build_asff(ONE, IDENTITY, NOW)["Description"]
    assert description.startswith(f"orders ({A}): Session tokens from the STS global endpoint are version 1")
    assert "ap-east-1 (ENABLED)" in description
    assert "AuthFailure" in description


@pytest.mark.parametrize("padding", [0, 985, 1000])
def test_the_description_contains_no_links(padding: int) -> None:
    """Findings are forwarded to mail, chat and tickets. A shortened description contains none either.

    The fields for programs keep every name as it is.
    """
    account = dataclasses.replace(ONE.account, name="pay.example")
    verdict = dataclasses.replace(ONE.verdict, sentence=f"Denied. {'x' * padding} See http://198.51.100.7/a.")
    exemption = dataclasses.replace(EXEMPTION, owner="help@evil.example", reason="www.evil.example")
    finding = dataclasses.replace(ONE, account=account, verdict=verdict, exemption=exemption)
    built = build_asff(finding, IDENTITY, NOW)
    assert built["Description"].startswith(f"pay[.]example ({A}): Denied. ")
    for link in ("http:", "://", "198.51", "evil.example", "help@"):
        assert link not in built["Description"]
    fields = built["ProductFields"]
    assert (fields["AccountName"], fields["ExemptBy"]) == (account.name, exemption.owner)
    assert built["Resources"][0]["Details"]["Other"]["AccountName"] == account.name


def test_the_ou_path_and_the_observed_values_can_be_searched() -> None:
    """They have the same names in the product fields and in the details of the resource."""
    built = build_asff(ONE, IDENTITY, NOW)
    values = {
        "AccountName": "orders",
        "OuPath": "Root/Workloads/Production",
        "TokenVersion": "1",
        "OptInRegions": "ap-east-1 (ENABLED), me-south-1 (ENABLING)",
    }
    assert built["ProductFields"] == {"Rule": "STS.1", "AccountId": A, **values}
    assert built["Resources"] == [
        {
            "Type": "AwsAccount",
            "Id": f"AWS::::Account:{A}",
            "Partition": "aws",
            "Region": "eu-central-1",
            "Details": {"Other": values},
        }
    ]


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_no_remediation_is_cut(rule: Any) -> None:
    """A command that is cut does not work."""
    finding = dataclasses.replace(ONE, remediation=rule.remediation, reference=rule.reference)
    recommendation = build_asff(finding, IDENTITY, NOW)["Remediation"]["Recommendation"]
    assert recommendation == {"Text": rule.remediation, "Url": rule.reference}
