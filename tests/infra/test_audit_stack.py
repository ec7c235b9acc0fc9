"""The audit stack as a whole: what it tells, and what it leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .synthesis import Assembly, Synthesized


def test_outputs_name_what_a_person_or_a_program_goes_on_with(audit: Synthesized, other: Assembly) -> None:
    """The names of the outputs are a contract."""
    assert audit.outputs() == {
        "FunctionName": "${Audit/Function}",
        "AuditRoleArn": "${Audit/Role.Arn}",
        "FindingsTopicArn": "${Findings/Topic}",
        "OperationsTopicArn": "${Operations/Topic}",
        "LedgerBucketName": "${Ledger/Bucket}",
        "DeadLetterQueueUrl": "${DeadLetters/Queue}",
        "ScheduleName": "${Schedule/Schedule}",
        "MemberRoleName": "RegionProofAudit",
    }
    assert other.audit.outputs()["MemberRoleName"] == "Auditor"


def test_no_output_names_a_role_where_none_is_assumed(root: Assembly, root_from_elsewhere: Assembly) -> None:
    """With root sessions it is for the management account only, and only from elsewhere."""
    assert "MemberRoleName" not in root.audit.outputs()
    assert root_from_elsewhere.audit.outputs()["MemberRoleName"] == "RegionProofAudit"


def test_member_role_stack_tells_the_name_of_its_role(default: Assembly) -> None:
    """The name is what the audit asks for."""
    assert default.member_role.outputs() == {"MemberRoleName": "${MemberRole/Role}"}


def test_destroying_the_stack_leaves_the_ledger_and_nothing_else(audit: Synthesized) -> None:
    """What earlier runs saw cannot be read again. Without a fixed name the bucket collides with no later stack."""
    resources = audit.template["Resources"].values()
    kept = [resource for resource in resources if resource.get("DeletionPolicy", "Delete") != "Delete"]
    assert [resource["Type"] for resource in kept] == ["AWS::S3::Bucket"]
    assert audit.resource("Ledger/Bucket")["DeletionPolicy"] == "RetainExceptOnCreate"
    assert "BucketName" not in audit.properties("Ledger/Bucket")
