"""The read-only role that the audit assumes in an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Arn, ArnFormat, Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks import access_grants
from stacks.acknowledgements import acknowledge

if TYPE_CHECKING:
    from regionproof.settings.shape import Settings

SHORTEST_LIMIT = Duration.hours(1)
"""The least that IAM takes as the longest session of a role. The audit asks for 15 minutes."""


class MemberRole(Construct):
    """A role that reads what the enabled rules need, and that only the audit function's role can assume.

    The trust names the audit's account as principal and its role in a condition: IAM stores a role as
    principal by its unique id, and such a trust is dead once the role was deleted and made again. A second
    condition ends the trust when the audit's account leaves the organization.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, audit_role_arn: str) -> None:
        super().__init__(scope, construct_id)
        rights = {"ReadAccount": access_grants.own_account_reads(settings)}
        self.role = iam.Role(
            self,
            "Role",
            role_name=settings.member_role.name,
            path=settings.member_role.path,
            description="Lets RegionProof read this account's token version and opt-in Regions. Read-only.",
            assumed_by=_audit_role(audit_role_arn, settings.deployment.organization_id),
            inline_policies=access_grants.documents(rights),
            max_session_duration=SHORTEST_LIMIT,
        )
        acknowledge(self.role, access_grants.evidence(rights))


def _audit_role(arn: str, organization_id: str | None) -> iam.IPrincipal:
    conditions = {"ArnEquals": {"aws:PrincipalArn": arn}}
    if organization_id:
        conditions["StringEquals"] = {"aws:PrincipalOrgID": organization_id}
    account = Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME).account
    return iam.AccountPrincipal(account).with_conditions(conditions)
