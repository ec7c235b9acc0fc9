"""The read-only role that the audit assumes in an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Arn, ArnFormat
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks import policies
from stacks.acknowledgements import acknowledge

if TYPE_CHECKING:
    from regionproof.settings.shape import AuditSettings


class MemberRole(Construct):
    """A role that reads what the enabled rules need, and that only the audit function's role can assume.

    The trust names the audit's account as principal and its role in a condition: IAM stores a role as
    principal by its unique id, and such a trust is dead once the role was deleted and made anew.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: AuditSettings, audit_role_arn: str) -> None:
        super().__init__(scope, construct_id)
        audit_account = Arn.split(audit_role_arn, ArnFormat.SLASH_RESOURCE_NAME).account
        self.role = iam.Role(
            self,
            "Role",
            role_name=settings.member_role.name,
            description="Lets RegionProof read this account's token version and opt-in Regions. Read-only.",
            assumed_by=iam.AccountPrincipal(audit_account).with_conditions(
                {"ArnEquals": {"aws:PrincipalArn": audit_role_arn}}
            ),
            inline_policies={"ReadAccount": policies.read_account(settings)},
        )
        acknowledge(self.role, {"AwsSolutions-IAM5[Resource::*]": policies.WHY_READS_NAME_NO_RESOURCE})
