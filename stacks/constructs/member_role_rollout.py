"""The StackSet that gives the member role to every account, also to those that join later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Annotations, Aws, CfnStackSet
from constructs import Construct

from stacks.member_role_stack import AUDIT_ROLE_ARN, member_role_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regionproof.settings.shape import Settings

STACK_SET_NAME = "RegionProofMemberRole"
PLACEHOLDER_ROOT = "r-abcd"
"""The root id that stands in the shipped ``regionproof.yaml``."""

CALL_AS = {"management": "SELF", "delegated-administrator": "DELEGATED_ADMIN"}

# An account where the role can not be made is that account's Coverage.1 finding; it stops no other one.
ALL_AT_ONCE = CfnStackSet.OperationPreferencesProperty(
    region_concurrency_type="PARALLEL", max_concurrent_percentage=100, failure_tolerance_percentage=100
)


class MemberRoleRollout(Construct):
    """A StackSet with service-managed permissions over ``deployment.roll_out_to``; none when that is empty.

    Roles are global, so one Region will do: that of the audit stack. Every account must have it enabled. The
    management account gets nothing from a StackSet.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, audit_role_arn: str) -> None:
        super().__init__(scope, construct_id)
        self._warn_about(settings.deployment.roll_out_to)
        if settings.deployment.roll_out_to:
            self._roll_out(settings, audit_role_arn)

    def _warn_about(self, targets: Sequence[str]) -> None:
        if not targets:
            Annotations.of(self).add_warning_v2(
                "regionproof:no-roll-out",
                "deployment.roll_out_to is empty: no member account gets the role that the audit assumes. "
                "Deploy RegionProofMemberRole into each of them, or name the root.",
            )
        if PLACEHOLDER_ROOT in targets:
            Annotations.of(self).add_warning_v2(
                "regionproof:placeholder-root",
                f"deployment.roll_out_to still names the placeholder {PLACEHOLDER_ROOT}. Put in the id that "
                "`aws organizations list-roots --query 'Roots[0].Id' --output text` prints.",
            )

    def _roll_out(self, settings: Settings, audit_role_arn: str) -> None:
        targets = CfnStackSet.DeploymentTargetsProperty(organizational_unit_ids=list(settings.deployment.roll_out_to))
        CfnStackSet(
            self,
            "StackSet",
            stack_set_name=STACK_SET_NAME,
            description="RegionProof: the read-only role that the audit assumes in each account.",
            permission_model="SERVICE_MANAGED",
            call_as=CALL_AS[settings.deployment.account],
            auto_deployment=CfnStackSet.AutoDeploymentProperty(enabled=True, retain_stacks_on_account_removal=False),
            # An account that joins during an update waits its turn instead of failing the update.
            managed_execution={"Active": True},
            operation_preferences=ALL_AT_ONCE,
            stack_instances_group=[
                CfnStackSet.StackInstancesProperty(deployment_targets=targets, regions=[Aws.REGION])
            ],
            capabilities=["CAPABILITY_NAMED_IAM"],
            template_body=member_role_template(settings, self.node.get_all_context()),
            parameters=[CfnStackSet.ParameterProperty(parameter_key=AUDIT_ROLE_ARN, parameter_value=audit_role_arn)],
        )
