"""The permissions for access to accounts, by ``access`` and ``deployment``.

Each right names the narrowest resource that AWS knows for its action. If that still holds a wildcard, the
reason is next to it and becomes the evidence for cdk-nag.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from regionproof import permissions
from regionproof.aws.member_access import by_resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from regionproof.settings.shape import AuditSettings, Settings

WHY_THE_SUMMARY_NAMES_NO_RESOURCE = "iam:GetAccountSummary has no resource type; it counts, and reads no resource."
WHY_LISTINGS_NAME_NO_RESOURCE = (
    "organizations:DescribeOrganization, ListAccounts and ListRoots have no resource type; the listings below a "
    "parent would have to name every unit beforehand."
)
WHY_SETUP_NAMES_NO_RESOURCE = (
    "organizations:ListAWSServiceAccessForOrganization and iam:ListOrganizationsFeatures have no resource type."
)
WHY_EVERY_ACCOUNT = "The audit assumes one role name in every account of the organization, and accounts come and go."
WHY_THE_MANAGEMENT_ACCOUNT_IS_NOT_NAMED = (
    "The audit assumes the role only in the management account, whose id is unknown when the template is written and "
    "has no condition key."
)
WITHIN_THE_ORGANIZATION = "The condition leaves out every account outside the organization."
WITHIN_NO_ORGANIZATION = (
    "Without deployment.organization_id only the trust of the roles leaves out accounts outside the organization."
)
OUR_ROLES_READ = "Roles of this name are made by this app: each trusts this audit only, and only reads its own account."
EXISTING_ROLES_MAY_MORE = (
    "The roles of this name were there before and may do more, in other accounts too; the audit narrows each session "
    "to its reads by a session policy."
)
WHY_EVERY_ROOT = "Accounts come and go. The condition allows sessions under one task policy of AWS only, which reads."
WHY_EVERY_MEMBER = "Accounts come and go. The right reads the opt status of Regions, in this organization only."
WHY_THE_OWNER_IS_NOT_NAMED = "The account in the middle is the management account, whose id is not known here."

_ANY_ORGANIZATION = "o-*"


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions on a resource, whose ARN holds ``{partition}`` and ``{account}``; ``why`` argues for its wildcard."""

    actions: tuple[str, ...]
    resource: str
    why: str = ""
    conditions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def statement(self) -> iam.PolicyStatement:
        """Return the permission as an IAM statement, in the partition and account of the stack."""
        conditions = {
            kind: {key: _resolve(text) for key, text in keys.items()} for kind, keys in self.conditions.items()
        }
        return iam.PolicyStatement(
            actions=list(self.actions), resources=[_resolve(self.resource)], conditions=conditions or None
        )


def documents(rights: Mapping[str, Iterable[Grant]]) -> dict[str, iam.PolicyDocument]:
    """Return the policies by name. A policy without any action is left out: IAM takes none."""
    usable = {name: [right for right in group if right.actions] for name, group in rights.items()}
    return {
        name: iam.PolicyDocument(statements=[right.statement() for right in group])
        for name, group in usable.items()
        if group
    }


def evidence(rights: Mapping[str, Iterable[Grant]]) -> dict[str, str]:
    """Return, by the id of the AwsSolutions finding, why the rights have wildcards."""
    found: dict[str, list[str]] = {}
    for right in (right for group in rights.values() for right in group if right.why and right.actions):
        resource = right.resource.format(partition="<AWS::Partition>", account="<AWS::AccountId>")
        found.setdefault(f"AwsSolutions-IAM5[Resource::{resource}]", []).append(right.why)
    return {finding: " ".join(reasons) for finding, reasons in found.items()}


def own_account_reads(settings: AuditSettings) -> tuple[Grant, ...]:
    """Return the rights to read what the enabled rules need, in the account that the role is in.

    Account Management is asked about this account by its own name: a role in a delegated administrator account
    of that service could ask about any other account as well.
    """
    return tuple(
        Grant(actions, resource, WHY_THE_SUMMARY_NAMES_NO_RESOURCE if resource == "*" else "")
        for resource, actions in by_resource(permissions.member_actions(settings)).items()
    )


def assumes_a_role(settings: Settings) -> bool:
    """Return whether the function ever assumes a role: in every member, or in a management account elsewhere."""
    return settings.access == "role" or settings.deployment.account == "delegated-administrator"


def audit_organization(settings: Settings) -> dict[str, tuple[Grant, ...]]:
    """Return the rights of the function, by name, to list the organization and to read every account of it."""
    rights = {
        "ListOrganization": (Grant(permissions.ORGANIZATION_ACTIONS, "*", WHY_LISTINGS_NAME_NO_RESOURCE),),
        "ReadOwnAccount": own_account_reads(settings),
    }
    if assumes_a_role(settings):
        rights["AssumeMemberRole"] = (_assume_role(settings),)
    if settings.access == "root" or settings.member_role.central_fallback:
        rights["ReadMembersCentrally"] = (_read_centrally(settings),)
    if settings.access == "root":
        rights["OpenRootSessions"] = (_assume_root(),)
        rights["ReadSetup"] = tuple(_read_setup(settings))
    return rights


def _assume_role(settings: Settings) -> Grant:
    """Return the right to assume the role, within the organization where its id is known.

    AWS's list of actions without that key has none of STS.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceorgid
    """
    role, organization = settings.member_role, settings.deployment.organization_id
    return Grant(
        (permissions.ASSUME_ROLE,),
        f"arn:{{partition}}:iam::*:role{role.path}{role.name}",
        _why_no_account_is_named(settings),
        {"StringEqualsIfExists": {"aws:ResourceOrgID": organization}} if organization else {},
    )


def _why_no_account_is_named(settings: Settings) -> str:
    parts = (
        WHY_EVERY_ACCOUNT if settings.access == "role" else WHY_THE_MANAGEMENT_ACCOUNT_IS_NOT_NAMED,
        WITHIN_THE_ORGANIZATION if settings.deployment.organization_id else WITHIN_NO_ORGANIZATION,
        EXISTING_ROLES_MAY_MORE if settings.member_role.existing else OUR_ROLES_READ,
    )
    return " ".join(parts)


def _assume_root() -> Grant:
    task_policy = f"arn:{{partition}}:{permissions.ROOT_TASK_POLICY}"
    return Grant(
        (permissions.ASSUME_ROOT,),
        "arn:{partition}:iam::*:root",
        WHY_EVERY_ROOT,
        {"StringEquals": {"sts:TaskPolicyArn": task_policy}},
    )


def _read_centrally(settings: Settings) -> Grant:
    members = f"arn:{{partition}}:account::{_owner(settings)}:account/{_organization(settings)}/*"
    return Grant(permissions.central_actions(settings), members, WHY_EVERY_MEMBER)


def _read_setup(settings: Settings) -> Iterator[Grant]:
    """Yield the reads of a run's first step; delegations only outside the management account."""
    everywhere = (*permissions.ROOT_SETUP_ORGANIZATION_ACTIONS, *permissions.ROOT_SETUP_IAM_ACTIONS)
    yield Grant(everywhere, "*", WHY_SETUP_NAMES_NO_RESOURCE)
    if settings.deployment.account == "delegated-administrator":
        own = f"arn:{{partition}}:organizations::*:account/{_organization(settings)}/{{account}}"
        yield Grant(permissions.ROOT_SETUP_DELEGATION_ACTIONS, own, WHY_THE_OWNER_IS_NOT_NAMED)


def _owner(settings: Settings) -> str:
    """Return the id of the management account for an ARN: a wildcard if it is another account."""
    return "{account}" if settings.deployment.account == "management" else "*"


def _organization(settings: Settings) -> str:
    return settings.deployment.organization_id or _ANY_ORGANIZATION


def _resolve(text: str) -> str:
    return text.format(partition=Aws.PARTITION, account=Aws.ACCOUNT_ID)
