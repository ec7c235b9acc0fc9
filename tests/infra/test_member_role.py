"""The member role, and how it gets into the accounts."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import LegacyStackSynthesizer

from regionproof.aws.member_access import SESSION_SECONDS
from regionproof.settings.shape import Alerts, Deployment, MemberRole, Settings

from .synthesis import stack_set_template, synthesize

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .synthesis import Assembly, Synthesized

STACK_SET = "RollOut/StackSet"
CLOUDFORMATIONS_LIMIT_FOR_A_TEMPLATE_BODY = 51_200
ALERTS = Alerts(emails=("someone@example.com",))
EXISTING = MemberRole(name="OrganizationAccountAccessRole", existing=True)


def trust(role: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one statement of a role's trust policy."""
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    found: dict[str, Any] = statement
    return found


def test_member_role_trusts_the_audit_role_by_name(default: Assembly) -> None:
    """The account is the principal and the role's ARN a condition, so a role made again still matches."""
    assert trust(default.member_role.properties("MemberRole/Role")) == {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:${AWS::Partition}:iam::${part 4 of ${AuditRoleArn} at :}:root"},
        "Condition": {
            "ArnEquals": {"aws:PrincipalArn": "${AuditRoleArn}"},
            "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
        },
    }


def test_without_an_organization_in_the_settings_the_trust_asks_for_none_and_synth_warns(weekly: Assembly) -> None:
    """The audit works, and anyone who deploys hears what is missing, in whichever stack it is."""
    role = weekly.member_role.properties("MemberRole/Role")
    assert trust(role)["Condition"] == {"ArnEquals": {"aws:PrincipalArn": "${AuditRoleArn}"}}
    for stack in (weekly.audit, weekly.member_role):
        assert [warning for warning in stack.warnings if "deployment.organization_id is not given" in warning]


def test_placeholder_of_the_organization_is_warned_of(tmp_path: Path) -> None:
    """With it the roles would trust no one, no role could be assumed, and central reads would be denied."""
    settings = Settings(alerts=ALERTS, deployment=Deployment(organization_id="o-exampleorgid"))
    rolled_out = replace(settings.deployment, roll_out_to=("r-ab12",))
    modes = (
        replace(settings, deployment=rolled_out),
        replace(settings, member_role=EXISTING),
        replace(settings, access="root"),
    )
    for number, mode in enumerate(modes):
        for stack in synthesize(mode, tmp_path / str(number)).stacks.values():
            (warning,) = stack.warnings
            assert "o-exampleorgid" in warning
            assert "aws organizations describe-organization" in warning


def test_parameter_takes_one_role_and_no_pattern(default: Assembly) -> None:
    """A wildcard in the condition of the trust would let other roles in."""
    pattern = default.member_role.template["Parameters"]["AuditRoleArn"]["AllowedPattern"]
    for partition in ("aws", "aws-cn", "aws-us-gov", "aws-eusc"):
        assert re.fullmatch(pattern, f"arn:{partition}:iam::111122223333:role/path/RegionProofAuditFunction")
    for wrong in ("role/*", "role/RegionProof?", "role/", "user/someone", "role/a b"):
        assert not re.fullmatch(pattern, f"arn:aws:iam::111122223333:{wrong}")


def test_session_of_the_role_can_not_be_made_longer_than_iam_insists(default: Assembly) -> None:
    """An hour is the least that IAM takes as a role's longest session; the audit asks for 15 minutes."""
    assert default.member_role.properties("MemberRole/Role")["MaxSessionDuration"] == 3600
    assert SESSION_SECONDS == 900


def test_member_role_has_the_name_and_path_of_the_settings(default: Assembly, other: Assembly) -> None:
    """The name that the audit asks for is the name that is rolled out."""
    assert default.member_role.properties("MemberRole/Role")["RoleName"] == "RegionProofAudit"
    (rolled_out,) = stack_set_template(other.audit)["Resources"].values()
    for role in (other.member_role.properties("MemberRole/Role"), rolled_out["Properties"]):
        assert (role["RoleName"], role["Path"]) == ("Auditor", "/security/audit/")


def test_member_role_stack_asks_for_the_audit_role_and_for_no_bootstrap(default: Assembly) -> None:
    """It deploys by hand into any account, with one parameter."""
    template = default.member_role.template
    assert template["Parameters"].keys() == {"AuditRoleArn"}
    assert "Default" not in template["Parameters"]["AuditRoleArn"]
    assert "Rules" not in template


def test_member_role_stack_takes_no_part_of_a_bootstrap(default: Assembly) -> None:
    """`cdk deploy` acts as anyone who calls it: no role to assume, no bucket to upload to, no version to look up."""
    manifest = default.member_role.stack.synthesizer
    assert isinstance(manifest, LegacyStackSynthesizer)
    assert not default.member_role.paths("AWS::Lambda::Function")


def test_account_of_the_audit_has_no_member_role(default: Assembly, other: Assembly) -> None:
    """The function reads it with its own credentials; a role that no one assumes is one more way in."""
    for assembly, name in ((default, "RegionProofAudit"), (other, "Auditor")):
        names = [assembly.audit.properties(path).get("RoleName") for path in assembly.audit.paths("AWS::IAM::Role")]
        assert name not in names


def test_root_sessions_need_no_role_and_no_stack_set(root: Assembly) -> None:
    """What the settings say of a roll-out is for the other way in."""
    assert root.stacks.keys() == {"RegionProof"}
    assert root.audit.paths("AWS::CloudFormation::StackSet") == []


def test_root_sessions_from_elsewhere_need_the_role_in_the_management_account_only(
    root_from_elsewhere: Assembly,
) -> None:
    """AWS opens no root session there, so its stack is deployed by hand."""
    assert root_from_elsewhere.audit.paths("AWS::CloudFormation::StackSet") == []
    assert root_from_elsewhere.member_role.paths("AWS::IAM::Role") == ["MemberRole/Role"]


def test_existing_role_is_left_as_it_is(existing: Assembly) -> None:
    """A second role of that name would fail, or take the first one over."""
    assert existing.stacks.keys() == {"RegionProof"}
    assert existing.audit.paths("AWS::CloudFormation::StackSet") == []


def test_stack_set_rolls_out_to_what_the_settings_name(audit: Synthesized) -> None:
    """Units and the root alike, in one Region: a role is global."""
    (group,) = audit.properties(STACK_SET)["StackInstancesGroup"]
    assert group["DeploymentTargets"] == {"OrganizationalUnitIds": ["r-ab12", "ou-ab12-11112222"]}
    assert len(group["Regions"]) == 1


def test_stack_set_follows_accounts_that_join_and_leave(audit: Synthesized) -> None:
    """A new account gets the role on its own, and one that leaves does not keep it."""
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
    """A delegated administrator says so, or CloudFormation looks for a management account's StackSet.

    https://github.com/aws-solutions-library-samples/cloud-intelligence-dashboards-data-collection/issues/126
    """
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
    """No one should find out from a run that no account has the role."""
    assert weekly.audit.paths("AWS::CloudFormation::StackSet") == []
    assert [warning for warning in weekly.audit.warnings if "deployment.roll_out_to is empty" in warning]


def test_settings_that_are_in_order_warn_of_nothing(other: Assembly) -> None:
    """A warning that is always there is read by no one."""
    assert other.audit.warnings == other.member_role.warnings == ()


def test_modes_without_a_role_of_ours_do_not_warn_about_its_roll_out(tmp_path: Path) -> None:
    """What a mode does not use, it does not ask for."""
    settings = Settings(alerts=ALERTS, deployment=Deployment(organization_id="o-a1b2c3d4e5"))
    for number, mode in enumerate((replace(settings, access="root"), replace(settings, member_role=EXISTING))):
        assembly = synthesize(mode, tmp_path / str(number))
        assert [stack.warnings for stack in assembly.stacks.values()] == [()]


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"access": "root"}, "access: root"),
        ({"member_role": EXISTING}, "member_role.existing: true"),
        ({"access": "root", "member_role": EXISTING}, "access: root"),
    ],
    ids=["root", "existing", "both"],
)
def test_roll_out_that_other_settings_forbid_is_warned_of_once(
    changes: dict[str, Any], cause: str, tmp_path: Path
) -> None:
    """It does nothing, and where it once did something, that goes away."""
    deployment = Deployment(organization_id="o-a1b2c3d4e5", roll_out_to=("r-ab12", "ou-ab12-11112222"))
    audit = synthesize(Settings(alerts=ALERTS, deployment=deployment, **changes), tmp_path).audit
    (warning,) = audit.warnings
    assert f"r-ab12, ou-ab12-11112222, but with {cause} nothing is rolled out" in warning
    assert "deletes its StackSet and its roles" in warning


def test_existing_roles_without_an_organization_are_warned_of(tmp_path: Path) -> None:
    """Nothing else than their own trust would keep the audit out of other organizations."""
    (warning,) = synthesize(Settings(alerts=ALERTS, member_role=EXISTING), tmp_path).audit.warnings
    assert "deployment.organization_id is not given" in warning
    assert "aws organizations describe-organization" in warning
