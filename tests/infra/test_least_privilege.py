"""What each role may do: exactly this, and nothing that CDK adds by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.permissions import ORGANIZATION_ACTIONS, SECURITY_HUB_ACTIONS, SNS_ACTIONS

from .synthesis import rights

if TYPE_CHECKING:
    from .synthesis import Assembly, Synthesized

READ_ACCOUNT = {("account:ListRegions", "*"), ("iam:GetAccountSummary", "*")}
DEFAULT_PRODUCT = "arn:${AWS::Partition}:securityhub:${AWS::Region}:${AWS::AccountId}:product/${AWS::AccountId}/default"
PUBLISH_TO_SECURITY_HUB = {("securityhub:BatchImportFindings", DEFAULT_PRODUCT)}
RIGHTS_WITHOUT_SECURITY_HUB = {
    *READ_ACCOUNT,
    ("organizations:DescribeOrganization", "*"),
    ("organizations:ListAccounts", "*"),
    ("organizations:ListAccountsForParent", "*"),
    ("organizations:ListOrganizationalUnitsForParent", "*"),
    ("organizations:ListRoots", "*"),
    ("s3:GetObject", "${Ledger/Bucket.Arn}/ledger/*"),
    ("s3:ListBucket", "${Ledger/Bucket.Arn}"),
    ("s3:PutObject", "${Ledger/Bucket.Arn}/ledger/*"),
    ("sns:Publish", "${Findings/Topic}"),
    ("sqs:SendMessage", "${DeadLetters/Queue.Arn}"),
    ("logs:CreateLogStream", "${Audit/Log.Arn}"),
    ("logs:PutLogEvents", "${Audit/Log.Arn}"),
}


def assume(role: str) -> set[tuple[str, str]]:
    """Return the right to assume a role of this name in every account."""
    return {("sts:AssumeRole", f"arn:${{AWS::Partition}}:iam::*:role/{role}")}


def test_audit_function_has_exactly_the_rights_that_a_run_uses(audit: Synthesized) -> None:
    """It lists the organization, reads its own account, assumes one role name, and publishes."""
    expected = RIGHTS_WITHOUT_SECURITY_HUB | PUBLISH_TO_SECURITY_HUB | assume("RegionProofAudit")
    assert rights(audit.properties("Audit/Role")) == expected


def test_audit_function_loses_security_hub_when_the_settings_switch_it_off(other: Assembly) -> None:
    """A destination that is off needs no right; and the member role goes by the name of the settings."""
    assert rights(other.audit.properties("Audit/Role")) == RIGHTS_WITHOUT_SECURITY_HUB | assume("Auditor")


def test_declared_actions_are_the_ones_that_are_granted(audit: Synthesized) -> None:
    """The actions stand beside the calls; a new one there reaches the policy by itself."""
    granted = {action for action, _ in rights(audit.properties("Audit/Role"))}
    assert granted >= {*ORGANIZATION_ACTIONS, *SECURITY_HUB_ACTIONS, *SNS_ACTIONS}


def test_member_role_only_reads(default: Assembly) -> None:
    """The same reads in the member stack and in the audit's own account."""
    assert rights(default.member_role.properties("MemberRole/Role")) == READ_ACCOUNT
    assert rights(default.audit.properties("MemberRole/Role")) == READ_ACCOUNT


def test_schedule_calls_one_function_and_leaves_dead_letters(audit: Synthesized) -> None:
    """No version of the function, and no other queue."""
    assert rights(audit.properties("Schedule/Role")) == {
        ("lambda:InvokeFunction", "${Audit/Function.Arn}"),
        ("sqs:SendMessage", "${DeadLetters/Queue.Arn}"),
    }


def test_no_right_comes_from_anywhere_else(default: Assembly, other: Assembly) -> None:
    """No managed policy, no policy beside the roles, and nobody is let in through the function's own policy."""
    for stack in (default.audit, default.member_role, other.audit, other.member_role):
        kinds = {resource["Type"] for resource in stack.template["Resources"].values()}
        assert kinds.isdisjoint({"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::Lambda::Permission"})
        assert all("ManagedPolicyArns" not in stack.properties(path) for path in stack.paths("AWS::IAM::Role"))
