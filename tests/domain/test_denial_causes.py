"""The cause of a denial and its fix: who refused whom decides where to look."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regionproof.domain.access import OWN_ROLE, Access
from regionproof.domain.denial_causes import cause_of_denial
from regionproof.domain.facts import ReadFailure
from tests.support.builders import MANAGEMENT_ACCOUNT_ID, an_account

EXISTING = Access(role_exists=True)
BY_ROOT = Access(by_root=True)
HERE = an_account()
MANAGEMENT = replace(an_account(MANAGEMENT_ACCOUNT_ID), is_management=True)
SCP = "arn:aws:organizations::111111111111:policy/o-exampleorg/service_control_policy/p-example1"
MEMBER = f"arn:aws:sts::{HERE.id}:assumed-role/RegionProofAudit/RegionProofAudit"
FUNCTION = "arn:aws:sts::111111111111:assumed-role/RegionProofAuditFunction/RegionProof"
PERSON = "arn:aws:sts::111111111111:assumed-role/Admin/jane"
ROOT = f"arn:aws:iam::{HERE.id}:root"
READ = "iam:GetAccountSummary"
ENTER = "sts:AssumeRole"


def cause(who: str, call: str, clause: str = "", access: Access = OWN_ROLE, on: str = "*") -> str:
    """Return the cause of a denial in an account."""
    message = f"User: {who} is not authorized to perform: {call} on resource: {on}{clause}"
    return cause_of_denial(ReadFailure(call, "AccessDenied", message), access, HERE)


def deny(kind: str, arn: str = "") -> str:
    """Return the clause of an explicit denial."""
    return f" with an explicit deny in a {kind}{f': {arn}' if arn else ''}"


def allow_none(kind: str, action: str) -> str:
    """Return the clause of an implicit denial."""
    return f" because no {kind} allows the {action} action"


@pytest.mark.parametrize("call", [READ, "account:ListRegions"])
def test_a_policy_that_denies_root_sessions_has_the_fix_for_root_sessions(call: str) -> None:
    """https://github.com/aws-samples/service-control-policy-examples/issues/6: no one can exempt a role there."""
    said = cause(ROOT, call, deny("service control policy", SCP), BY_ROOT)
    assert said.startswith(f"a service control policy ({SCP}) denies {call} to root users, and so to root sessions")
    assert "aws:AssumedRoot in every policy" in said
    assert "ExemptAssumeRoot" in said
    assert "role" not in said.replace("RegionProof", "").replace("control", "")


def test_a_root_user_is_told_to_call_as_somebody_else() -> None:
    """https://github.com/cloudposse/terraform-aws-vpc-peering-multi-account/issues/106."""
    failure = ReadFailure(ENTER, "AccessDenied", "Roles may not be assumed by root accounts.")
    for said in (cause_of_denial(failure, OWN_ROLE, HERE), cause("arn:aws:iam::111111111111:root", "sts:AssumeRoot")):
        assert "run it as a role or an IAM user" in said
        assert "StackSet" not in said


@pytest.mark.parametrize(
    ("access", "exempt"),
    [
        (OWN_ROLE, "exempt arn:aws:iam::*:role/RegionProofAudit in that policy"),
        (Access(role_path="/security/"), "exempt arn:aws:iam::*:role/security/RegionProofAudit in that policy"),
    ],
)
def test_a_policy_that_denies_the_member_role_is_named_with_the_role_to_exempt(access: Access, exempt: str) -> None:
    """A Region-deny policy, for example. The ARN serves in every account."""
    said = cause(MEMBER, "account:ListRegions", deny("service control policy", SCP), access)
    assert said.startswith(f"a service control policy ({SCP}) denies account:ListRegions to role RegionProofAudit: ")
    assert said.endswith(exempt)
    assert HERE.id not in said


@pytest.mark.parametrize(
    ("who", "call", "clause", "said"),
    [
        (PERSON, ENTER, deny("service control policy"), "exempt role Admin of account 111111111111 in that policy"),
        (FUNCTION, "sts:AssumeRoot", deny("service control policy"), "and root sessions too (condition key aws:Ass"),
        (MEMBER, READ, allow_none("service control policy", READ), "allow iam:GetAccountSummary in a policy of that"),
        (PERSON, ENTER, deny("resource control policy"), "a resource control policy of the account's resources denies"),
        (MEMBER, READ, deny("permissions boundary"), "of role RegionProofAudit denies iam:GetAccountSummary: remove"),
        (
            MEMBER,
            READ,
            allow_none("permissions boundary", READ),
            "boundary of role RegionProofAudit does not allow iam",
        ),
        (PERSON, ENTER, deny("VPC endpoint policy"), "the policy of the VPC endpoint through which the audit's calls"),
        (
            PERSON,
            ENTER,
            allow_none("session policy", ENTER),
            "limits the session of role Admin of account 1111",
        ),
        (MEMBER, READ, allow_none("session policy", READ), "RegionProof's own session policy does not cover iam:Get"),
        (FUNCTION, ENTER, allow_none("identity-based policy", ENTER), "the policy of the audit function's role"),
        (MEMBER, READ, allow_none("identity-based policy", READ), "roll the current role out again"),
        (PERSON, ENTER, allow_none("role trust policy", ENTER), "does not admit role Admin of account 111111111111"),
        (PERSON, ENTER, allow_none("resource-based policy", ENTER), "the trust policy of the member role does not"),
        (PERSON, ENTER, deny("role trust policy"), "the trust policy of the member role denies sts:AssumeRole to role"),
        (
            MEMBER,
            READ,
            " with an explicit deny",
            "a policy explicitly denies iam:GetAccountSummary to role RegionProof",
        ),
        (PERSON, READ, "", "role Admin of account 111111111111, which runs the audit, may not call iam:GetAccountSu"),
    ],
)
def test_each_kind_of_policy_has_its_own_fix(who: str, call: str, clause: str, said: str) -> None:
    """For anyone who was denied."""
    assert said in cause(who, call, clause)


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        (
            " with an explicit deny in an identity-based policy: arn:aws:iam::111111111111:policy/ForceMFA",
            "an identity-based policy (arn:aws:iam::111111111111:policy/ForceMFA) of role Admin of account 1111",
        ),
        (allow_none("identity-based policy", ENTER), "no policy of role Admin of account 111111111111, which runs"),
    ],
)
@pytest.mark.parametrize("access", [OWN_ROLE, EXISTING])
def test_what_the_caller_s_own_policy_refuses_sends_nobody_to_the_member(
    clause: str, said: str, access: Access
) -> None:
    """https://github.com/aws/aws-cdk/issues/27622."""
    found = cause(PERSON, ENTER, clause, access, on=f"arn:aws:iam::{HERE.id}:role/Audit")
    assert found.startswith(said)
    assert "missing in the account" not in found
    assert "StackSet" not in found


NO_STACK_SET = [
    (PERSON, ENTER, ""),
    (PERSON, ENTER, allow_none("role trust policy", ENTER)),
    (MEMBER, READ, ""),
    (MEMBER, READ, allow_none("identity-based policy", READ)),
    (MEMBER, READ, deny("service control policy")),
]


@pytest.mark.parametrize(("who", "call", "clause"), NO_STACK_SET)
def test_a_role_that_was_there_has_no_stack_set(who: str, call: str, clause: str) -> None:
    """``member_role.existing`` or ``--member-role``: neither is it rolled out again."""
    said = cause(who, call, clause, EXISTING)
    assert "StackSet" not in said
    assert "roll" not in said.replace("role", "").replace("control", "")


def test_without_a_policy_in_the_message_the_way_into_the_account_decides() -> None:
    """https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1705 for the management account."""
    message = (
        f"User: {FUNCTION} is not authorized to perform: {ENTER} on resource: arn:aws:iam::1:role/RegionProofAudit"
    )
    failure = ReadFailure(ENTER, "AccessDenied", message)
    assert "the StackSet RegionProofMemberRole has an instance" in cause_of_denial(failure, OWN_ROLE, HERE)
    by_hand = cause_of_denial(failure, OWN_ROLE, MANAGEMENT)
    assert "in that account, npx cdk deploy RegionProofMemberRole --parameters AuditRoleArn=" in by_hand
    assert "no StackSet reaches the management account" in by_hand
    existing = cause_of_denial(failure, EXISTING, MANAGEMENT)
    assert "let its trust policy admit role RegionProofAuditFunction of account 111111111111" in existing
    assert "StackSet" not in existing


@pytest.mark.parametrize("action", ["sts:TagSession", "sts:SetSourceIdentity"])
def test_what_the_caller_s_session_carries_must_be_allowed_too(action: str) -> None:
    """https://github.com/mattrobinsonsre/terrapod/pull/1546 and https://github.com/noqdev/iambic/issues/357."""
    message = f"User: {PERSON} is not authorized to perform: {action} on resource: arn:aws:iam::{HERE.id}:role/Audit"
    said = cause_of_denial(ReadFailure(ENTER, "AccessDenied", message), OWN_ROLE, HERE)
    assert f"allow {action}" in said
    assert "missing" not in said
