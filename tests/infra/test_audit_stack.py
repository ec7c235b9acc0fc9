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
        "DeadLetterQueueUrl": "${DeadLetters/Queue}",
        "ScheduleName": "${Schedule/Schedule}",
        "MemberRoleName": "RegionProofAudit",
    }
    assert other.audit.outputs()["MemberRoleName"] == "Auditor"


def test_member_role_stack_tells_the_name_of_its_role(default: Assembly) -> None:
    """The name is what the audit asks for."""
    assert default.member_role.outputs() == {"MemberRoleName": "${MemberRole/Role}"}


def test_destroying_the_stack_leaves_nothing_behind(default: Assembly) -> None:
    """No resource is retained, so that a stack deployed anew collides with nothing."""
    resources = default.audit.template["Resources"].values()
    assert {resource.get("DeletionPolicy", "Delete") for resource in resources} == {"Delete"}
