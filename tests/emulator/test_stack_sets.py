"""AWS::CloudFormation::StackSet deploys a role to every ACTIVE account below its targets."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from emulator.process import ORGANIZATION
from emulator.sample import RefusalReason, read_sample
from emulator.services.organizations.delegated_administrator import IAM, STACK_SETS, delegate
from tests.emulator.identities import AUDIT, MANAGEMENT, MEMBER, Identity, refused

pytestmark = pytest.mark.network

SAMPLE = read_sample(ORGANIZATION)
UNITS = SAMPLE.organizational_units
ROLE = "RegionProofMember"
WITHOUT_ROLE = {account.id for account in SAMPLE.accounts if account.refusal is RefusalReason.NO_ROLE}


def member_template(actions: list[str]) -> dict[str, Any]:
    """Return the template of a role that trusts the account in its parameter Auditor."""
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${Auditor}:root"}},
        "Action": "sts:AssumeRole",
    }
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    properties = {
        "RoleName": ROLE,
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "read", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}],
    }
    return {
        "Parameters": {"Auditor": {"Type": "String"}},
        "Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}},
    }


def stack_template(targets: list[str], actions: list[str] | None = None, **changes: Any) -> str:
    """Return the template of a stack with the StackSet."""
    properties = {
        "StackSetName": "regionproof",
        "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False},
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Parameters": [{"ParameterKey": "Auditor", "ParameterValue": AUDIT}],
        "StackInstancesGroup": [{"DeploymentTargets": {"OrganizationalUnitIds": targets}, "Regions": ["us-east-1"]}],
        "TemplateBody": json.dumps(member_template(actions or ["iam:GetAccountSummary"])),
        **changes,
    }
    return json.dumps({"Resources": {"Members": {"Type": "AWS::CloudFormation::StackSet", "Properties": properties}}})


def settled(caller: Identity) -> tuple[str, str]:
    """Wait for the end of the stack's operation. Return its status and the reasons of failures."""
    cloudformation = caller.client("cloudformation")
    deadline = time.monotonic() + 10
    status = "IN_PROGRESS"
    while "IN_PROGRESS" in status and time.monotonic() < deadline:
        time.sleep(0.05)
        status = cloudformation.describe_stacks(StackName="audit")["Stacks"][0]["StackStatus"]
    events = cloudformation.describe_stack_events(StackName="audit")["StackEvents"]
    return status, " ".join(event.get("ResourceStatusReason", "") for event in events)


def create(caller: Identity, template: str) -> tuple[str, str]:
    """Create the stack. Return its status and the reasons of failures."""
    caller.client("cloudformation").create_stack(StackName="audit", TemplateBody=template)
    return settled(caller)


def accounts_with_role(caller: Identity) -> set[str]:
    """Return the accounts of the organization that have the role."""
    pages = caller.client("organizations").get_paginator("list_accounts").paginate()
    accounts = [account["Id"] for page in pages for account in page["Accounts"]]
    return {account for account in accounts if has_role(Identity(caller.endpoint_url, account))}


def has_role(owner: Identity) -> bool:
    """Return whether an account has the role."""
    return ROLE in {role["RoleName"] for role in owner.client("iam").list_roles()["Roles"]}


def deployable(*paths: str) -> set[str]:
    """Return the accounts of the sample in which a StackSet for these units leaves its role."""
    return {
        account.id
        for account in SAMPLE.accounts
        if f"{account.ou}/".startswith(tuple(f"{path}/" for path in paths))
        and account.state == "ACTIVE"
        and account.id not in {MANAGEMENT, *WITHOUT_ROLE}
    }


def test_the_root_targets_every_active_account_except_the_management_account(management: Identity) -> None:
    """Accounts whose roles are deleted in the sample do not keep the role."""
    assert create(management, stack_template([SAMPLE.root_id]))[0] == "CREATE_COMPLETE"

    assert accounts_with_role(management) == deployable("Root")


def test_a_unit_targets_all_accounts_below_it(management: Identity) -> None:
    """This includes accounts in nested units."""
    create(management, stack_template([UNITS["Root/Workloads/Production"]]))

    assert accounts_with_role(management) == deployable("Root/Workloads/Production")


def test_the_parameter_reaches_the_role(management: Identity, audit: Identity) -> None:
    """Only the account in the parameter may assume the role."""
    create(management, stack_template([SAMPLE.root_id]))
    role = f"arn:aws:iam::{MEMBER}:role/{ROLE}"

    summary = audit.assume(role).client("iam").get_account_summary()["SummaryMap"]
    denied = refused(management.client("sts"), "assume_role", RoleArn=role, RoleSessionName="session")

    assert summary["GlobalEndpointTokenVersion"] == 1
    assert denied.code == "AccessDenied"


def test_a_deleted_role_cannot_be_assumed(management: Identity, audit: Identity) -> None:
    """The stack is complete nevertheless."""
    status, _ = create(management, stack_template([SAMPLE.root_id]))
    role = f"arn:aws:iam::{min(WITHOUT_ROLE)}:role/{ROLE}"

    denied = refused(audit.client("sts"), "assume_role", RoleArn=role, RoleSessionName="session")

    assert (status, denied.code) == ("CREATE_COMPLETE", "AccessDenied")


def test_an_update_changes_the_roles(management: Identity, audit: Identity) -> None:
    """The accounts get the new permission, and accounts that are no longer targets lose the role."""
    create(management, stack_template([UNITS["Root/Workloads"], UNITS["Root/Sandbox"]]))
    both = ["iam:GetAccountSummary", "account:ListRegions"]

    management.client("cloudformation").update_stack(
        StackName="audit", TemplateBody=stack_template([UNITS["Root/Workloads"]], both)
    )

    assert settled(management)[0] == "UPDATE_COMPLETE"
    assert accounts_with_role(management) == deployable("Root/Workloads")
    assert audit.assume(f"arn:aws:iam::{MEMBER}:role/{ROLE}").client("account").list_regions()["Regions"]


def test_deleting_the_stack_deletes_the_roles(management: Identity) -> None:
    """The roles disappear from every account."""
    create(management, stack_template([SAMPLE.root_id]))

    management.client("cloudformation").delete_stack(StackName="audit")

    deadline = time.monotonic() + 10
    while accounts_with_role(management) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert accounts_with_role(management) == set()


def test_a_new_account_gets_the_role(management: Identity) -> None:
    """It gets the role when it moves below a target, and loses it when it moves away."""
    target, other = UNITS["Root/Workloads/Staging"], UNITS["Root/Security"]
    create(management, stack_template([target]))
    organizations = management.client("organizations")
    request = organizations.create_account(AccountName="New", Email="new@example.com")["CreateAccountStatus"]
    created = organizations.describe_create_account_status(CreateAccountRequestId=request["Id"])
    account = created["CreateAccountStatus"]["AccountId"]
    newcomer = Identity(management.endpoint_url, account)
    states = [has_role(newcomer)]

    for source, destination in ((SAMPLE.root_id, target), (target, other)):
        organizations.move_account(AccountId=account, SourceParentId=source, DestinationParentId=destination)
        states.append(has_role(newcomer))

    assert states == [False, True, False]


def test_without_auto_deployment_a_new_account_does_not_get_the_role(management: Identity) -> None:
    """The instances stay as deployed."""
    create(management, stack_template([UNITS["Root/Security"]], AutoDeployment={"Enabled": False}))

    management.client("organizations").move_account(
        AccountId="500000000001",
        SourceParentId=UNITS["Root/Workloads/Staging"],
        DestinationParentId=UNITS["Root/Security"],
    )

    assert accounts_with_role(management) == deployable("Root/Security")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Capabilities": []}, "Requires capabilities : [CAPABILITY_NAMED_IAM]"),
        ({"CallAs": "DELEGATED_ADMIN"}, "You must be the management account or delegated admin account"),
        ({"AutoDeployment": None}, "AutoDeployment must be specified"),
        ({"Parameters": []}, "Parameter 'Auditor' has no Default"),
    ],
)
def test_an_invalid_stack_set_fails_its_stack(changes: dict[str, Any], reason: str, management: Identity) -> None:
    """The reason is that of CloudFormation, and no account gets the role."""
    properties = {name: value for name, value in changes.items() if value is not None}
    template = json.loads(stack_template([SAMPLE.root_id], **properties))
    for name in changes.keys() - properties.keys():
        del template["Resources"]["Members"]["Properties"][name]

    status, reasons = create(management, json.dumps(template))

    assert status == "ROLLBACK_COMPLETE"
    assert reason in reasons
    assert accounts_with_role(management) == set()


def test_the_instances_can_be_listed(management: Identity, member: Identity) -> None:
    """The management account may list them, a member may not."""
    create(management, stack_template([UNITS["Root/Security"]]))
    cloudformation = management.client("cloudformation")

    instances = cloudformation.list_stack_instances(StackSetName="regionproof")["Summaries"]
    described = cloudformation.describe_stack_set(StackSetName="regionproof")["StackSet"]
    denied = refused(member.client("cloudformation"), "describe_stack_set", StackSetName="regionproof")

    assert {(one["Account"], one["Region"], one["Status"]) for one in instances} == {
        (account, "us-east-1", "CURRENT") for account in deployable("Root/Security")
    }
    assert described["OrganizationalUnitIds"] == [UNITS["Root/Security"]]
    assert described["AutoDeployment"] == {"Enabled": True, "RetainStacksOnAccountRemoval": False}
    assert (denied.code, denied.status) == ("StackSetNotFoundException", 404)


def test_the_template_can_be_in_a_bucket(management: Identity) -> None:
    """The CDK uses TemplateURL for assets instead of TemplateBody."""
    s3 = management.client("s3")
    s3.create_bucket(Bucket="templates")
    body = json.dumps(member_template(["iam:GetAccountSummary"]))
    s3.put_object(Bucket="templates", Key="member.json", Body=body.encode())
    template = json.loads(stack_template([UNITS["Root/Security"]]))
    properties = template["Resources"]["Members"]["Properties"]
    del properties["TemplateBody"]
    properties["TemplateURL"] = "https://s3.us-east-1.amazonaws.com/templates/member.json"

    assert create(management, json.dumps(template))[0] == "CREATE_COMPLETE"
    assert accounts_with_role(management) == deployable("Root/Security")


def test_a_failed_stack_set_leaves_no_role(management: Identity) -> None:
    """If one account already has a role with that name, no other account keeps the new role."""
    Identity(management.endpoint_url, "600000000003").make_role(ROLE, [], MANAGEMENT)

    status, _ = create(management, stack_template([UNITS["Root/Sandbox"]]))

    assert status == "ROLLBACK_COMPLETE"
    assert accounts_with_role(management) == {"600000000003"}


def test_an_unknown_unit_fails_the_stack(management: Identity) -> None:
    """It does not count as an empty unit."""
    status, reasons = create(management, stack_template(["ou-exm1-nowhere01"]))

    assert status == "ROLLBACK_COMPLETE"
    assert "ou-exm1-nowhere01" in reasons


def test_a_member_needs_delegation_to_deploy(management: Identity, audit: Identity) -> None:
    """With CallAs DELEGATED_ADMIN it then deploys, to its own account too."""
    template = stack_template([UNITS["Root/Sandbox"], UNITS["Root/Security"]], CallAs="DELEGATED_ADMIN")
    before, _ = create(audit, template)
    delegate(management.client("organizations"), AUDIT, STACK_SETS)
    audit.client("cloudformation").delete_stack(StackName="audit")
    time.sleep(0.2)

    after, _ = create(audit, template)

    assert (before, after) == ("ROLLBACK_COMPLETE", "CREATE_COMPLETE")
    assert accounts_with_role(management) == deployable("Root/Sandbox", "Root/Security")
    assert AUDIT in deployable("Root/Security")


def test_a_delegated_administrator_needs_call_as(management: Identity, audit: Identity) -> None:
    """Without CallAs it finds no StackSet. The delegated administrator of another service never does."""
    delegate(management.client("organizations"), AUDIT, STACK_SETS)
    delegate(management.client("organizations"), MEMBER, IAM)
    create(audit, stack_template([UNITS["Root/Security"]], CallAs="DELEGATED_ADMIN"))
    parameters = {"StackSetName": "regionproof", "CallAs": "DELEGATED_ADMIN"}
    other = Identity(management.endpoint_url, MEMBER).client("cloudformation")
    cloudformation = audit.client("cloudformation")

    instances = cloudformation.list_stack_instances(**parameters)["Summaries"]

    assert {instance["Account"] for instance in instances} == deployable("Root/Security")
    for client, arguments in ((cloudformation, {"StackSetName": "regionproof"}), (other, parameters)):
        assert refused(client, "list_stack_instances", **arguments).code == "StackSetNotFoundException"
    assert management.client("cloudformation").describe_stack_set(StackSetName="regionproof")["StackSet"]
