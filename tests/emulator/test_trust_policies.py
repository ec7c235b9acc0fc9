"""A role can be assumed only by the principals in its trust policy, under the policy's conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.identities import AUDIT, MANAGEMENT, MEMBER, Identity, document, refused

if TYPE_CHECKING:
    from emulator.process import LocalAws

pytestmark = pytest.mark.network

OUTSIDE, ORGANIZATION = "999999999999", "o-a1b2c3d4e5"
AUDITED = f"arn:aws:iam::{MEMBER}:role/Audited"


def trusting(statement: dict[str, Any]) -> str:
    """Return a trust policy for the audit account, with changes to its statement."""
    trust = {"Effect": "Allow", "Principal": {"AWS": AUDIT}, "Action": "sts:AssumeRole", **statement}
    return document(trust)


def test_a_trust_policy_sees_the_role_not_its_session(audit: Identity, member: Identity) -> None:
    """For a session, aws:PrincipalArn is the ARN of the role, with its path."""
    audit.client("iam").create_role(
        RoleName="Auditor",
        Path="/regionproof/",
        AssumeRolePolicyDocument=trusting({}),
    )
    audit.client("iam").put_role_policy(
        RoleName="Auditor",
        PolicyName="assume",
        PolicyDocument=document({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}),
    )
    auditor = audit.assume(f"arn:aws:iam::{AUDIT}:role/regionproof/Auditor")
    for name, arn in (("Named", "role/regionproof/Auditor"), ("Unnamed", "role/Auditor")):
        condition = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{AUDIT}:{arn}"}}
        member.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trusting({"Condition": condition}))

    named = auditor.assume(f"arn:aws:iam::{MEMBER}:role/Named")
    denied = refused(
        auditor.client("sts"),
        "assume_role",
        RoleArn=f"arn:aws:iam::{MEMBER}:role/Unnamed",
        RoleSessionName="session",
    )

    assert named.client("sts").get_caller_identity()["Account"] == MEMBER
    assert denied.code == "AccessDenied"


@pytest.mark.parametrize(("organization_id", "lets_in"), [("o-a1b2c3d4e5", True), ("o-someothers", False)])
def test_a_trust_policy_sees_the_organization_of_the_caller(
    organization_id: str,
    lets_in: bool,  # noqa: FBT001  # what pytest passes
    audit: Identity,
    member: Identity,
) -> None:
    """aws:PrincipalOrgID is the id of the sample organization, also for its members."""
    condition = {"StringEquals": {"aws:PrincipalOrgID": organization_id}}
    member.client("iam").create_role(RoleName="Audited", AssumeRolePolicyDocument=trusting({"Condition": condition}))
    parameters = {"RoleArn": f"arn:aws:iam::{MEMBER}:role/Audited", "RoleSessionName": "session"}

    if lets_in:
        assert audit.client("sts").assume_role(**parameters)["Credentials"]
    else:
        assert refused(audit.client("sts"), "assume_role", **parameters).code == "AccessDenied"


def test_a_trust_policy_can_require_an_external_id(audit: Identity, member: Identity) -> None:
    """A missing or different external id is refused."""
    condition = {"StringEquals": {"sts:ExternalId": "regionproof"}}
    member.client("iam").create_role(RoleName="Audited", AssumeRolePolicyDocument=trusting({"Condition": condition}))
    parameters = {"RoleArn": f"arn:aws:iam::{MEMBER}:role/Audited", "RoleSessionName": "session"}
    sts = audit.client("sts")

    assert sts.assume_role(**parameters, ExternalId="regionproof")["Credentials"]
    assert refused(sts, "assume_role", **parameters).code == "AccessDenied"
    assert refused(sts, "assume_role", **parameters, ExternalId="other").code == "AccessDenied"


def test_a_missing_role_is_denied_like_one_that_refuses(audit: Identity) -> None:
    """AWS names the caller but not the reason."""
    role = f"arn:aws:iam::{MEMBER}:role/Missing"

    denied = refused(audit.client("sts"), "assume_role", RoleArn=role, RoleSessionName="session")

    caller = f"arn:aws:iam::{AUDIT}:root"
    message = f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role}"
    assert (denied.code, denied.message, denied.status) == ("AccessDenied", message, 403)


def auditor_in(aws: LocalAws, account_id: str, name: str = "Auditor") -> Identity:
    """Create a role that may assume every role, and return its session."""
    root = Identity(aws.endpoint_url, account_id)
    return root.assume(root.make_role(name, "sts:AssumeRole", account_id))


def trust_the_auditor(member: Identity, accounts: list[str], **conditions: dict[str, str]) -> None:
    """Create the audited role, which trusts the role Auditor of the audit account within the organization."""
    auditor = f"arn:aws:iam::{AUDIT}:role/Auditor"
    conditions = {
        "ArnEquals": {"aws:PrincipalArn": auditor},
        "StringEquals": {"aws:PrincipalOrgID": ORGANIZATION},
        **conditions,
    }
    trust = {"Principal": {"AWS": accounts}, "Condition": conditions}
    member.client("iam").create_role(RoleName="Audited", AssumeRolePolicyDocument=trusting(trust))


def may_enter(caller: Identity) -> bool:
    """Return whether a caller may assume the audited role."""
    try:
        caller.assume(AUDITED)
    except caller.client("sts").exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


def test_only_the_named_role_of_the_named_account_may_enter(aws: LocalAws, member: Identity) -> None:
    """Another role, a role of the same name in another account, and the account's root user are refused."""
    trust_the_auditor(member, [AUDIT])

    assert may_enter(auditor_in(aws, AUDIT))
    assert not may_enter(auditor_in(aws, AUDIT, "Other"))
    assert not may_enter(auditor_in(aws, MANAGEMENT))
    assert not may_enter(Identity(aws.endpoint_url, AUDIT))


def test_an_account_outside_the_organization_may_not_enter(aws: LocalAws, member: Identity) -> None:
    """It is refused even if a policy names it by mistake and its role has the right name."""
    auditor = f"arn:aws:iam::{OUTSIDE}:role/Auditor"
    trust_the_auditor(member, [AUDIT, OUTSIDE], ArnEquals={"aws:PrincipalArn": auditor})
    outsider = auditor_in(aws, OUTSIDE)

    assert not may_enter(outsider)
    member.client("iam").update_assume_role_policy(
        RoleName="Audited", PolicyDocument=trusting({"Principal": {"AWS": OUTSIDE}})
    )
    assert may_enter(outsider)


def test_a_recreated_role_may_enter(aws: LocalAws, member: Identity) -> None:
    """aws:PrincipalArn compares names. On AWS, a principal element with the role's ARN would no longer match."""
    trust_the_auditor(member, [AUDIT])
    auditor_in(aws, AUDIT)
    iam = Identity(aws.endpoint_url, AUDIT).client("iam")
    iam.delete_role_policy(RoleName="Auditor", PolicyName="allowed")
    iam.delete_role(RoleName="Auditor")

    assert may_enter(auditor_in(aws, AUDIT))


def test_an_audited_role_may_not_enter_another_account(aws: LocalAws, member: Identity) -> None:
    """An attacker in one member account cannot reach the others."""
    trust_the_auditor(member, [AUDIT])
    other = Identity(aws.endpoint_url, "400000000002")
    trust_the_auditor(other, [AUDIT])
    member.client("iam").put_role_policy(
        RoleName="Audited",
        PolicyName="everything",
        PolicyDocument=document({"Effect": "Allow", "Action": "*", "Resource": "*"}),
    )
    taken_over = auditor_in(aws, AUDIT).assume(AUDITED)

    denied = refused(
        taken_over.client("sts"),
        "assume_role",
        RoleArn="arn:aws:iam::400000000002:role/Audited",
        RoleSessionName="session",
    )

    assert denied.code == "AccessDenied"
