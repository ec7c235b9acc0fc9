"""What each role may do: exactly this, in every mode, and nothing that CDK adds on its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal

import pytest
from aws_cdk import App, Stack

from regionproof import permissions
from regionproof.aws.member_access import session_policy
from regionproof.settings.shape import (
    Deployment,
    MemberRole,
    Publish,
    RegionsRule,
    Rules,
    SecurityHub,
    Settings,
    StsRule,
)
from stacks import access_grants

from .synthesis import rights, synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from .synthesis import Assembly, Synthesized

    Access = Literal["role", "root"]
    Place = Literal["management", "delegated-administrator"]

ORGANIZATION = "o-a1b2c3d4e5"
HOME = "arn:${AWS::Partition}:account::${AWS::AccountId}:account"
HUB = "arn:${AWS::Partition}:securityhub:${AWS::Region}:${AWS::AccountId}"
TASK_POLICY = "arn:${AWS::Partition}:iam::aws:policy/root-task/IAMAuditRootUserCredentials"

READ_ACCOUNT = {("account:ListRegions", HOME), ("iam:GetAccountSummary", "*")}
ALWAYS = {
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
WITH_SECURITY_HUB = {
    ("securityhub:BatchImportFindings", f"{HUB}:product/${{AWS::AccountId}}/default"),
    ("securityhub:DescribeHub", f"{HUB}:hub/default"),
    ("securityhub:GetFindings", f"{HUB}:hub/default"),
}
BY_ROOT_SESSIONS = {
    ("sts:AssumeRoot", f"arn:${{AWS::Partition}}:iam::*:root if sts:TaskPolicyArn StringEquals {TASK_POLICY}"),
    ("iam:ListOrganizationsFeatures", "*"),
    ("organizations:ListAWSServiceAccessForOrganization", "*"),
}
ROLES = {
    "role": MemberRole(),
    "role with a path": MemberRole(name="Auditor", path="/security/"),
    "existing role": MemberRole(name="AWSControlTowerExecution", existing=True),
    "role without a central fallback": MemberRole(central_fallback=False),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One combination of what decides on the rights of the function."""

    way: str
    place: Place
    security_hub: bool

    @property
    def settings(self) -> Settings:
        """Return the settings that ask for it."""
        return Settings(
            access="root" if self.way == "root" else "role",
            member_role=ROLES.get(self.way, MemberRole()),
            publish=Publish(security_hub=SecurityHub(enabled=self.security_hub)),
            deployment=Deployment(account=self.place, organization_id=ORGANIZATION, roll_out_to=("r-ab12",)),
        )

    @property
    def expected(self) -> set[tuple[str, str]]:
        """Return every right of the function."""
        return ALWAYS | (WITH_SECURITY_HUB if self.security_hub else set()) | self._into_members

    @property
    def _into_members(self) -> set[tuple[str, str]]:
        role = self.settings.member_role
        within = f"aws:ResourceOrgID StringEqualsIfExists {ORGANIZATION}"
        assume = {("sts:AssumeRole", f"arn:${{AWS::Partition}}:iam::*:role{role.path}{role.name} if {within}")}
        owner = HOME if self.place == "management" else "arn:${AWS::Partition}:account::*:account"
        members = {("account:ListRegions", f"{owner}/{ORGANIZATION}/*")}
        if self.way != "root":
            return assume | (members if role.central_fallback else set())
        if self.place == "management":
            return BY_ROOT_SESSIONS | members
        return {
            *BY_ROOT_SESSIONS,
            *assume,
            *members,
            (
                "organizations:ListDelegatedServicesForAccount",
                f"arn:${{AWS::Partition}}:organizations::*:account/{ORGANIZATION}/${{AWS::AccountId}}",
            ),
        }


PLACES: tuple[Place, ...] = ("management", "delegated-administrator")
CASES = [Case(*case) for case in product((*ROLES, "root"), PLACES, (True, False))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.way}-{case.place}-hub {case.security_hub}")
def test_audit_function_has_exactly_the_rights_that_a_run_uses(case: Case, tmp_path: Path) -> None:
    """It lists the organization, reads its own account, has one way into the others, and publishes."""
    audit = synthesize(case.settings, tmp_path).audit
    assert rights(audit.properties("Audit/Role")) == case.expected
    assert "MemberRole" not in {path.split("/")[0] for path in audit.paths("AWS::IAM::Role")}


def test_without_an_organization_in_the_settings_a_right_holds_in_every_one(tmp_path: Path) -> None:
    """The wildcard stands for the id only: AWS answers about members of the caller's organization anyway."""
    settings = Settings(access="root", deployment=Deployment())
    granted = rights(synthesize(settings, tmp_path).audit.properties("Audit/Role"))
    assert ("account:ListRegions", f"{HOME}/o-*/*") in granted


def test_central_right_goes_with_the_last_rule_that_reads_regions(tmp_path: Path) -> None:
    """A policy that is left without an action is not written."""
    rules = Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(enabled=False))
    settings = Settings(rules=rules, deployment=Deployment(organization_id=ORGANIZATION))
    granted = rights(synthesize(settings, tmp_path).audit.properties("Audit/Role"))
    assert "account:ListRegions" not in {action for action, _ in granted}


def test_without_an_organization_in_the_settings_roles_are_assumed_wherever_they_trust(weekly: Assembly) -> None:
    """There is no id that a condition could name, and the evidence says so."""
    granted = rights(weekly.audit.properties("Audit/Role"))
    assert ("sts:AssumeRole", "arn:${AWS::Partition}:iam::*:role/RegionProofAudit") in granted
    (right,) = access_grants.audit_organization(Settings())["AssumeMemberRole"]
    assert access_grants.WITHIN_NO_ORGANIZATION in right.why
    assert access_grants.WITHIN_THE_ORGANIZATION not in right.why


@pytest.mark.parametrize("access", ["role", "root"])
@pytest.mark.parametrize("role", [MemberRole(), MemberRole(existing=True)], ids=["ours", "existing"])
def test_evidence_for_assuming_roles_is_true_of_the_case(access: Access, role: MemberRole) -> None:
    """Roles that were there before may do more than read, and may be in other accounts than the one that is entered."""
    settings = Settings(
        access=access,
        member_role=role,
        deployment=Deployment(account="delegated-administrator", organization_id=ORGANIZATION),
    )
    (right,) = access_grants.audit_organization(settings)["AssumeMemberRole"]
    assert (access_grants.EXISTING_ROLES_MAY_MORE in right.why) == role.existing
    assert (access_grants.OUR_ROLES_READ in right.why) != role.existing
    only_the_management_account = access_grants.WHY_THE_MANAGEMENT_ACCOUNT_IS_NOT_NAMED in right.why
    assert only_the_management_account == (access == "root")
    assert (access_grants.WHY_EVERY_ACCOUNT in right.why) == (access == "role")


@pytest.mark.parametrize(
    "rules", [Rules(), Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(approved=()))], ids=["all", "one"]
)
def test_session_may_do_what_a_member_role_may(rules: Rules, tmp_path: Path) -> None:
    """So that the session of a role with more rights has those of ours, where the audit passes this policy."""
    settings = Settings(rules=rules, deployment=Deployment(organization_id=ORGANIZATION))
    policy = json.loads(session_policy(permissions.member_actions(settings), "PARTITION"))
    limited = {(action, s["Resource"]) for s in policy["Statement"] for action in s["Action"]}
    ours = rights(synthesize(settings, tmp_path).member_role.properties("MemberRole/Role"))
    anywhere = HOME.replace("${AWS::Partition}", "PARTITION").replace("${AWS::AccountId}", "*")
    assert limited == {(action, anywhere if resource == HOME else resource) for action, resource in ours}


def test_member_role_only_reads_and_only_its_own_account(default: Assembly) -> None:
    """In an account that Account Management is delegated to, it cannot ask about the others."""
    assert rights(default.member_role.properties("MemberRole/Role")) == READ_ACCOUNT


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (Rules(sts_1=StsRule(enabled=False)), {("account:ListRegions", HOME)}),
        (Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(enabled=False)), set()),
    ],
    ids=["no STS.1", "no rule"],
)
def test_member_role_loses_what_no_enabled_rule_reads(rules: Rules, left: set[tuple[str, str]], tmp_path: Path) -> None:
    """With it goes the acknowledgement, and a policy that is left without an action is not written at all."""
    settings = Settings(rules=rules, deployment=Deployment(organization_id=ORGANIZATION))
    member_role = synthesize(settings, tmp_path).member_role
    assert rights(member_role.properties("MemberRole/Role")) == left
    assert access_grants.evidence({"ReadAccount": access_grants.own_account_reads(settings)}) == {}


def test_every_right_with_a_wildcard_is_argued_for() -> None:
    """A new call that knows no resource needs its own sentence beside it."""
    for case in CASES:
        for right in (right for group in access_grants.audit_organization(case.settings).values() for right in group):
            assert bool(right.why) == ("*" in right.resource), right


def test_rights_are_spelled_for_the_partition_and_account_of_the_stack() -> None:
    """Also inside of a condition."""
    stack = Stack(App(builtin_cloud_formation_validation=False), "Alone")
    (right,) = access_grants.audit_organization(CASES[-1].settings)["OpenRootSessions"]
    spelled = stack.resolve(right.statement().to_statement_json())
    assert spelled["Condition"]["StringEquals"]["sts:TaskPolicyArn"]["Fn::Join"][1][1] == {"Ref": "AWS::Partition"}


def test_declared_actions_are_the_ones_that_are_granted(root_from_elsewhere: Assembly) -> None:
    """The actions stand beside the calls; a new one there reaches the policy on its own."""
    granted = {action for action, _ in rights(root_from_elsewhere.audit.properties("Audit/Role"))}
    declared = {
        *permissions.ORGANIZATION_ACTIONS,
        *permissions.ROOT_SETUP_DELEGATION_ACTIONS,
        *permissions.ROOT_SETUP_ORGANIZATION_ACTIONS,
        *permissions.ROOT_SETUP_IAM_ACTIONS,
        *permissions.SECURITY_HUB_ACTIONS,
        *permissions.SECURITY_HUB_LISTING_ACTIONS,
        *permissions.SECURITY_HUB_SETUP_ACTIONS,
        *permissions.SNS_ACTIONS,
        *permissions.LEDGER_ACTIONS,
        *permissions.LEDGER_BUCKET_ACTIONS,
        *permissions.member_actions(Settings()),
        permissions.ASSUME_ROLE,
        permissions.ASSUME_ROOT,
    }
    used_by_lambda_itself = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}
    assert granted == declared | used_by_lambda_itself


def test_schedule_calls_one_function_and_leaves_dead_letters(audit: Synthesized) -> None:
    """No version of the function, and no other queue."""
    assert rights(audit.properties("Schedule/Role")) == {
        ("lambda:InvokeFunction", "${Audit/Function.Arn}"),
        ("sqs:SendMessage", "${DeadLetters/Queue.Arn}"),
    }


@pytest.mark.parametrize("mode", ["default", "other", "root", "root_from_elsewhere", "existing"])
def test_no_right_comes_from_anywhere_else(mode: str, request: pytest.FixtureRequest) -> None:
    """No managed policy, no policy beside the roles, and no one is let in through the function's own policy."""
    assembly: Assembly = request.getfixturevalue(mode)
    for stack in assembly.stacks.values():
        kinds = {resource["Type"] for resource in stack.template["Resources"].values()}
        assert kinds.isdisjoint({"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::Lambda::Permission"})
        assert all("ManagedPolicyArns" not in stack.properties(path) for path in stack.paths("AWS::IAM::Role"))
