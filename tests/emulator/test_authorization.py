"""A call without its permission is denied, and allowed with exactly that permission."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from emulator.services.organizations.delegated_administrator import ACCOUNT_MANAGEMENT, IAM, delegate
from tests.emulator.identities import AUDIT, AUDIT_TASK, MANAGEMENT, MEMBER, Identity, document, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.process import LocalAws

pytestmark = pytest.mark.network

Parameters = dict[str, Any]

OUTSIDE = "999999999999"
"""An account outside the organization."""


@dataclass(frozen=True)
class Action:
    """An IAM action, the operation that needs it, and a function that prepares the operation's parameters."""

    name: str
    service: str
    operation: str
    parameters: Callable[[Identity], Parameters] = lambda _root: {}
    code: str = "AccessDeniedException"


def a_role_to_assume(root: Identity) -> Parameters:
    """Create a role in a member account that trusts the caller's account."""
    member = Identity(root.endpoint_url, MEMBER)
    return {"RoleArn": member.make_role("Target", [], MANAGEMENT), "RoleSessionName": "session"}


def a_root_to_assume(_root: Identity) -> Parameters:
    """Name a member account and a task policy."""
    return {"TargetPrincipal": MEMBER, "TaskPolicyArn": {"arn": AUDIT_TASK}}


def a_delegate(root: Identity) -> Parameters:
    """Register a member as a delegated administrator."""
    delegate(root.client("organizations"), AUDIT)
    return {"AccountId": AUDIT}


def a_topic(root: Identity) -> Parameters:
    """Create a topic."""
    return {"TopicArn": root.client("sns").create_topic(Name="alerts")["TopicArn"], "Message": "text"}


def a_queue(root: Identity) -> Parameters:
    """Create a queue."""
    return {"QueueUrl": root.client("sqs").create_queue(QueueName="alerts")["QueueUrl"], "MessageBody": "text"}


def a_bucket(root: Identity) -> Parameters:
    """Create a bucket with an object."""
    s3 = root.client("s3")
    s3.create_bucket(Bucket="regionproof-ledger")
    s3.put_object(Bucket="regionproof-ledger", Key="ledger.json", Body=b"{}")
    return {"Bucket": "regionproof-ledger", "Key": "ledger.json"}


def a_key(root: Identity) -> Parameters:
    """Create a key whose policy leaves authorization to IAM."""
    statement = {"Effect": "Allow", "Principal": {"AWS": MANAGEMENT}, "Action": "kms:*", "Resource": "*"}
    key = root.client("kms").create_key(Policy=document(statement))
    return {"KeyId": key["KeyMetadata"]["KeyId"], "Plaintext": b"text"}


def a_log_group(root: Identity) -> Parameters:
    """Create a log group."""
    root.client("logs").create_log_group(logGroupName="/regionproof")
    return {"logGroupName": "/regionproof", "logStreamName": "run"}


def a_metric(_root: Identity) -> Parameters:
    """Return a metric."""
    return {"Namespace": "RegionProof", "MetricData": [{"MetricName": "Accounts", "Value": 1.0}]}


def a_hub(root: Identity) -> Parameters:
    """Enable Security Hub."""
    root.client("securityhub").enable_security_hub()
    return {}


def a_finding(root: Identity) -> Parameters:
    """Enable Security Hub and return a finding."""
    a_hub(root)
    finding = {
        "SchemaVersion": "2018-10-08",
        "Id": "one",
        "ProductArn": f"arn:aws:securityhub:us-east-1:{MANAGEMENT}:product/{MANAGEMENT}/default",
        "GeneratorId": "STS.1",
        "AwsAccountId": MANAGEMENT,
        "CreatedAt": "2026-11-01T00:00:00Z",
        "UpdatedAt": "2026-11-01T00:00:00Z",
        "Title": "Title",
        "Description": "Description",
        "Severity": {"Label": "LOW"},
        "Types": ["Effects"],
        "Resources": [{"Type": "AwsAccount", "Id": "AWS::::Account:111111111111"}],
    }
    return {"Findings": [finding]}


def the_root(root: Identity) -> Parameters:
    """Name the root of the organization."""
    return {"ParentId": root.client("organizations").list_roots()["Roots"][0]["Id"]}


ACTIONS = (
    Action("sts:AssumeRole", "sts", "assume_role", a_role_to_assume, "AccessDenied"),
    Action("sts:AssumeRoot", "sts", "assume_root", a_root_to_assume, "AccessDenied"),
    Action("iam:ListOrganizationsFeatures", "iam", "list_organizations_features", code="AccessDenied"),
    Action(
        "iam:EnableOrganizationsRootCredentialsManagement",
        "iam",
        "enable_organizations_root_credentials_management",
        code="AccessDenied",
    ),
    Action("iam:GetAccountSummary", "iam", "get_account_summary", code="AccessDenied"),
    Action("iam:ListRoles", "iam", "list_roles", code="AccessDenied"),
    Action("iam:ListOpenIDConnectProviders", "iam", "list_open_id_connect_providers", code="AccessDenied"),
    Action("account:ListRegions", "account", "list_regions"),
    Action("organizations:DescribeOrganization", "organizations", "describe_organization"),
    Action("organizations:ListAccounts", "organizations", "list_accounts"),
    Action("organizations:ListDelegatedAdministrators", "organizations", "list_delegated_administrators"),
    Action(
        "organizations:ListDelegatedServicesForAccount",
        "organizations",
        "list_delegated_services_for_account",
        a_delegate,
    ),
    Action(
        "organizations:ListAWSServiceAccessForOrganization",
        "organizations",
        "list_aws_service_access_for_organization",
    ),
    Action("organizations:ListRoots", "organizations", "list_roots"),
    Action(
        "organizations:ListOrganizationalUnitsForParent",
        "organizations",
        "list_organizational_units_for_parent",
        the_root,
    ),
    Action("organizations:ListAccountsForParent", "organizations", "list_accounts_for_parent", the_root),
    Action("securityhub:DescribeHub", "securityhub", "describe_hub", a_hub),
    Action("securityhub:GetFindings", "securityhub", "get_findings", a_hub),
    Action("securityhub:BatchImportFindings", "securityhub", "batch_import_findings", a_finding),
    Action("sns:Publish", "sns", "publish", a_topic, "AuthorizationError"),
    Action("sqs:SendMessage", "sqs", "send_message", a_queue, "AccessDenied"),
    Action("s3:GetObject", "s3", "get_object", a_bucket, "AccessDenied"),
    Action("s3:PutObject", "s3", "put_object", a_bucket, "AccessDenied"),
    Action("kms:Encrypt", "kms", "encrypt", a_key),
    Action("logs:CreateLogStream", "logs", "create_log_stream", a_log_group),
    Action("cloudwatch:PutMetricData", "cloudwatch", "put_metric_data", a_metric),
)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_an_action_needs_its_permission(action: Action, management: Identity) -> None:
    """The denial names the action. The role with the permission has no other."""
    parameters = action.parameters(management)
    without = management.assume(management.make_role("Without", ["iam:GetUser"], MANAGEMENT))
    permitted = management.assume(management.make_role("Permitted", action.name, MANAGEMENT))

    denied = refused(without.client(action.service), action.operation, **parameters)

    assert denied.code == action.code
    assert f"assumed-role/Without/session is not authorized to perform: {action.name}" in denied.message
    getattr(permitted.client(action.service), action.operation)(**parameters)


def test_a_permission_for_another_resource_does_not_help(management: Identity) -> None:
    """The denial names the product of Security Hub by its ARN, as AWS does."""
    other = "arn:aws:securityhub:us-east-1:222222222222:product/222222222222/default"
    role = management.make_role("Other", ["securityhub:BatchImportFindings"], MANAGEMENT, other)
    finding = a_finding(management)

    denied = refused(management.assume(role).client("securityhub"), "batch_import_findings", **finding)

    assert denied.status == 403
    assert f"on resource: {finding['Findings'][0]['ProductArn']} because no identity-based" in denied.message


def test_a_hub_belongs_to_its_region(management: Identity) -> None:
    """The resource of DescribeHub is hub/default of the Region, even if Security Hub is not enabled there."""
    management.client("securityhub").enable_security_hub()
    hub = f"arn:aws:securityhub:us-east-1:{MANAGEMENT}:hub/default"
    session = management.assume(management.make_role("Reader", "securityhub:DescribeHub", MANAGEMENT, hub))

    denied = refused(session.client("securityhub", "eu-west-1"), "describe_hub")
    not_enabled = refused(management.client("securityhub", "eu-west-1"), "describe_hub")

    assert session.client("securityhub").describe_hub()["HubArn"] == hub
    assert (denied.code, denied.status) == ("AccessDeniedException", 403)
    assert denied.message.endswith("because no identity-based policy allows the securityhub:DescribeHub action")
    assert (not_enabled.code, not_enabled.status) == ("InvalidAccessException", 401)


def test_a_permission_to_delegate_can_be_limited_to_one_service_and_account(management: Identity) -> None:
    """A policy can name organizations:ServicePrincipal and the account's ARN."""
    organization = management.client("organizations").describe_organization()["Organization"]["Id"]
    allowed = {
        "Effect": "Allow",
        "Action": "organizations:RegisterDelegatedAdministrator",
        "Resource": f"arn:aws:organizations::{MANAGEMENT}:account/{organization}/{AUDIT}",
        "Condition": {"StringEquals": {"organizations:ServicePrincipal": IAM}},
    }
    role = management.make_role("Delegator", [], MANAGEMENT)
    management.client("iam").put_role_policy(
        RoleName="Delegator", PolicyName="delegate", PolicyDocument=document(allowed)
    )
    organizations = management.assume(role).client("organizations")

    for account_id, service in ((AUDIT, ACCOUNT_MANAGEMENT), (MEMBER, IAM)):
        parameters = {"AccountId": account_id, "ServicePrincipal": service}
        assert refused(organizations, "register_delegated_administrator", **parameters).code == "AccessDeniedException"
    organizations.register_delegated_administrator(AccountId=AUDIT, ServicePrincipal=IAM)


def test_a_permission_can_be_limited_to_the_organization(management: Identity) -> None:
    """aws:ResourceOrgID is the organization of the resource's account."""
    organization = management.client("organizations").describe_organization()["Organization"]["Id"]
    roots = [Identity(management.endpoint_url, account_id) for account_id in (MEMBER, OUTSIDE)]
    inside, outside = [root.make_role("Target", [], MANAGEMENT) for root in roots]
    allowed = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": "arn:aws:iam::*:role/Target",
        "Condition": {"StringEquals": {"aws:ResourceOrgID": organization}},
    }
    role = management.make_role("Entrant", [], MANAGEMENT)
    management.client("iam").put_role_policy(RoleName="Entrant", PolicyName="enter", PolicyDocument=document(allowed))
    entrant = management.assume(role)

    assert entrant.assume(inside).client("sts").get_caller_identity()["Account"] == MEMBER
    denied = refused(entrant.client("sts"), "assume_role", RoleArn=outside, RoleSessionName="session")
    assert denied.code == "AccessDenied"


def test_organizations_denies_with_status_400(management: Identity) -> None:
    """It uses JSON 1.1, in which a denial is a bad request."""
    role = management.make_role("Nothing", [], MANAGEMENT)

    denied = refused(management.assume(role).client("organizations"), "list_accounts")

    assert (denied.code, denied.status) == ("AccessDeniedException", 400)


def test_a_denial_names_an_explicit_deny(management: Identity) -> None:
    """The message distinguishes a Deny from a missing Allow."""
    role = management.make_role("Denied", "*", MANAGEMENT)
    deny = {"Effect": "Deny", "Action": "account:ListRegions", "Resource": "*"}
    management.client("iam").put_role_policy(
        RoleName="Denied", PolicyName="deny", PolicyDocument=json.dumps({"Statement": [deny]})
    )

    denied = refused(management.assume(role).client("account"), "list_regions")

    assert denied.message.endswith("with an explicit deny in an identity-based policy")


def test_unknown_credentials_are_refused_everywhere(aws: LocalAws) -> None:
    """Services of the overlay refuse them too."""
    unknown = Identity(aws.endpoint_url, "AKIAIOSFODNN7EXAMPLE", "secret")

    for service, operation in (
        ("securityhub", "describe_hub"),
        ("account", "list_regions"),
        ("organizations", "list_accounts"),
    ):
        assert refused(unknown.client(service), operation).code == "UnrecognizedClientException"
