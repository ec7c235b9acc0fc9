"""The member role, and how it gets into the accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .synthesis import stack_set_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .synthesis import Assembly, Synthesized

STACK_SET = "RollOut/StackSet"
CLOUDFORMATIONS_LIMIT_FOR_A_TEMPLATE_BODY = 51_200


def trust(role: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one statement of a role's trust policy."""
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    found: dict[str, Any] = statement
    return found


def test_member_role_trusts_the_audit_role_by_name(default: Assembly) -> None:
    """The account is the principal and the role's ARN a condition, so that a role made anew still matches."""
    assert trust(default.member_role.properties("MemberRole/Role")) == {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:${AWS::Partition}:iam::${part 4 of ${AuditRoleArn} at :}:root"},
        "Condition": {"ArnEquals": {"aws:PrincipalArn": "${AuditRoleArn}"}},
    }


def test_member_role_has_the_name_of_the_settings(default: Assembly, other: Assembly) -> None:
    """The name that the audit asks for is the name that is rolled out."""
    assert default.member_role.properties("MemberRole/Role")["RoleName"] == "RegionProofAudit"
    assert other.member_role.properties("MemberRole/Role")["RoleName"] == "Auditor"
    (rolled_out,) = stack_set_template(other.audit)["Resources"].values()
    assert rolled_out["Properties"]["RoleName"] == "Auditor"


def test_member_role_stack_asks_for_the_audit_role_and_for_no_bootstrap(default: Assembly) -> None:
    """It deploys by hand into any account, with one parameter."""
    template = default.member_role.template
    assert template["Parameters"].keys() == {"AuditRoleArn"}
    assert "Default" not in template["Parameters"]["AuditRoleArn"]
    assert "Rules" not in template


def test_management_account_has_the_role_in_the_audit_stack(default: Assembly) -> None:
    """A StackSet never deploys to the management account."""
    role = default.audit.properties("MemberRole/Role")
    assert trust(role)["Condition"] == {"ArnEquals": {"aws:PrincipalArn": "${Audit/Role.Arn}"}}
    own = default.member_role.properties("MemberRole/Role")
    assert {**role, "AssumeRolePolicyDocument": {}} == {**own, "AssumeRolePolicyDocument": {}}


def test_delegated_administrator_account_has_no_second_role_of_that_name(other: Assembly) -> None:
    """There the StackSet makes the role; one more in the audit stack would collide with it."""
    names = [other.audit.properties(path).get("RoleName") for path in other.audit.paths("AWS::IAM::Role")]
    assert "Auditor" not in names


def test_stack_set_rolls_out_to_what_the_settings_name(audit: Synthesized) -> None:
    """One Region is enough for a role, and the audit stack's own is one that is in use."""
    assert audit.properties(STACK_SET)["StackInstancesGroup"] == [
        {
            "DeploymentTargets": {"OrganizationalUnitIds": ["r-ab12", "ou-ab12-11112222"]},
            "Regions": ["${AWS::Region}"],
        }
    ]


def test_stack_set_follows_accounts_that_join_and_leave(audit: Synthesized) -> None:
    """A new account gets the role by itself, and one that leaves does not keep it."""
    stack_set = audit.properties(STACK_SET)
    assert stack_set["PermissionModel"] == "SERVICE_MANAGED"
    assert stack_set["AutoDeployment"] == {"Enabled": True, "RetainStacksOnAccountRemoval": False}
    assert stack_set["Capabilities"] == ["CAPABILITY_NAMED_IAM"]


def test_one_account_that_refuses_stops_no_other(audit: Synthesized) -> None:
    """All accounts at once; the one without the role turns up in the audit itself."""
    stack_set = audit.properties(STACK_SET)
    assert stack_set["OperationPreferences"] == {
        "RegionConcurrencyType": "PARALLEL",
        "MaxConcurrentPercentage": 100,
        "FailureTolerancePercentage": 100,
    }
    assert stack_set["ManagedExecution"] == {"Active": True}


def test_stack_set_calls_as_the_account_that_it_lives_in(default: Assembly, other: Assembly) -> None:
    """A delegated administrator says so, or CloudFormation looks for a management account's StackSet."""
    assert default.audit.properties(STACK_SET)["CallAs"] == "SELF"
    assert other.audit.properties(STACK_SET)["CallAs"] == "DELEGATED_ADMIN"


def test_stack_set_carries_the_template_of_the_member_role_stack(default: Assembly) -> None:
    """What the StackSet rolls out and what is deployed by hand is the same, but for paths in metadata."""
    by_hand = {
        name: {key: value for key, value in resource.items() if key != "Metadata"}
        for name, resource in default.member_role.template["Resources"].items()
    }
    assert stack_set_template(default.audit) == {**default.member_role.template, "Resources": by_hand}


def test_stack_set_passes_the_audit_role_on(audit: Synthesized) -> None:
    """The role in the member accounts trusts the function of this very stack."""
    assert audit.properties(STACK_SET)["Parameters"] == [
        {"ParameterKey": "AuditRoleArn", "ParameterValue": "${Audit/Role.Arn}"}
    ]


def test_template_of_the_stack_set_fits_into_the_request(audit: Synthesized) -> None:
    """CloudFormation takes 51,200 bytes in a template body."""
    body = audit.properties(STACK_SET)["TemplateBody"]
    assert len(body.encode()) < CLOUDFORMATIONS_LIMIT_FOR_A_TEMPLATE_BODY


def test_empty_roll_out_makes_no_stack_set_and_warns(weekly: Assembly) -> None:
    """Nobody should find out from a run that no account has the role."""
    assert weekly.audit.paths("AWS::CloudFormation::StackSet") == []
    (warning,) = weekly.audit.warnings
    assert "deployment.roll_out_to is empty" in warning


def test_settings_that_are_in_order_warn_of_nothing(other: Assembly) -> None:
    """A warning that is always there is read by nobody."""
    assert other.audit.warnings == other.member_role.warnings == ()
