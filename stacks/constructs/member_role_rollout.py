"""The StackSet that gives the member role to every account, also to those that join later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws, CfnCondition, CfnStackSet, Fn, Token
from aws_cdk.region_info import RegionInfo
from constructs import Construct

from regionproof.domain.access import STACK_SET
from regionproof.preflight.observed import CALL_AS
from stacks import synth_warnings
from stacks.member_role_stack import AUDIT_ROLE_ARN, member_role_template

if TYPE_CHECKING:
    from regionproof.settings.shape import Settings

REGION_OF_EVERY_ACCOUNT = "us-east-1"
"""No account can switch it off. The other partitions have no opt-in Regions."""


# An account where the role cannot be made is that account's Coverage.1 finding; it stops no other one.
ALL_AT_ONCE = CfnStackSet.OperationPreferencesProperty(
    region_concurrency_type="PARALLEL", max_concurrent_percentage=100, failure_tolerance_percentage=100
)


class MemberRoleRollout(Construct):
    """A StackSet with service-managed permissions over ``deployment.roll_out_to``; none when that is empty.

    Roles are global, so one Region will do, but it must be open in every member. That of the audit stack is,
    unless it is an opt-in Region: then the instances go to us-east-1. They do not go there always, as an SCP
    that keeps members to some Regions also binds the role by which StackSets works in them.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-opt-in-regions.html

    The management account gets nothing from a StackSet. The function reads it with its own credentials, or, from
    a delegated administrator account, by the role of the stack RegionProofMemberRole.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, audit_role_arn: str) -> None:
        super().__init__(scope, construct_id)
        synth_warnings.warn_about_root(self, settings.deployment)
        synth_warnings.warn_about_trust(self, settings.deployment)
        if settings.deployment.roll_out_to:
            self._roll_out(settings, audit_role_arn)

    def _roll_out(self, settings: Settings, audit_role_arn: str) -> None:
        targets = CfnStackSet.DeploymentTargetsProperty(organizational_unit_ids=list(settings.deployment.roll_out_to))
        CfnStackSet(
            self,
            "StackSet",
            stack_set_name=STACK_SET,
            description="RegionProof: the read-only role that the audit assumes in each account.",
            permission_model="SERVICE_MANAGED",
            call_as=CALL_AS[settings.deployment.account],
            auto_deployment=CfnStackSet.AutoDeploymentProperty(enabled=True, retain_stacks_on_account_removal=False),
            # An account that joins during an update waits its turn instead of failing the update.
            managed_execution={"Active": True},
            operation_preferences=ALL_AT_ONCE,
            stack_instances_group=[
                CfnStackSet.StackInstancesProperty(deployment_targets=targets, regions=[self._region()])
            ],
            capabilities=["CAPABILITY_NAMED_IAM"],
            template_body=member_role_template(settings, self.node.get_all_context()),
            parameters=[CfnStackSet.ParameterProperty(parameter_key=AUDIT_ROLE_ARN, parameter_value=audit_role_arn)],
        )

    def _region(self) -> str:
        """Return the Region of the instances; CloudFormation decides, as synth does not know that of the stack."""
        is_here = [Fn.condition_equals(Aws.REGION, region) for region in opt_in_regions()]
        opt_in = CfnCondition(self, "OptInRegion", expression=Fn.condition_or(*is_here))
        return Token.as_string(Fn.condition_if(opt_in.logical_id, REGION_OF_EVERY_ACCOUNT, Aws.REGION))


def opt_in_regions() -> list[str]:
    """Return the opt-in Regions that CDK knows. A newer one is taken for one that every account has."""
    return sorted(region.name for region in RegionInfo.regions if region.is_opt_in_region)
