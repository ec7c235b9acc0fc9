"""The stack that each member account gets: the role that the audit assumes there, and nothing else."""

from __future__ import annotations

import json
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from aws_cdk import App, CfnOutput, CfnParameter, LegacyStackSynthesizer, Stack

from stacks import synth_warnings
from stacks.constructs.member_role import MemberRole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from regionproof.settings.shape import Settings

AUDIT_ROLE_ARN = "AuditRoleArn"
"""Name of the stack's one parameter."""


class MemberRoleStack(Stack):
    """The member role with the ARN of the audit function's role as its one parameter.

    The StackSet of the audit stack rolls its template out. It is deployed by hand into accounts that a StackSet does
    not reach: the management account, if the audit runs in a delegated administrator account. It has no asset and
    uses no role of a bootstrap, so `cdk deploy RegionProofMemberRole` works in an account without a bootstrap.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            description="RegionProof: the read-only role that the audit assumes in this account.",
            synthesizer=LegacyStackSynthesizer(),
        )
        synth_warnings.warn_about_trust(self, settings.deployment)
        audit_role_arn = CfnParameter(
            self,
            AUDIT_ROLE_ARN,
            description="ARN of the role of the audit function: the output AuditRoleArn of the audit stack.",
            allowed_pattern=r"arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]+",
        )
        member_role = MemberRole(self, "MemberRole", settings=settings, audit_role_arn=audit_role_arn.value_as_string)
        CfnOutput(self, "MemberRoleName", value=member_role.role.role_name)


def member_role_template(settings: Settings, context: Mapping[str, Any]) -> str:
    """Return the stack's template as JSON, synthesized apart from the app that asks for it.

    ``context`` holds the feature flags of that app, so both render the role alike.
    """
    with TemporaryDirectory() as folder:
        app = App(
            outdir=folder,
            context=dict(context),
            analytics_reporting=False,
            builtin_cloud_formation_validation=False,  # the app that asks has this stack as well, and validates it
            post_cli_context={"aws:cdk:enable-path-metadata": False},
        )
        stack = MemberRoleStack(app, "RegionProofMemberRole", settings=settings)
        template = app.synth().get_stack_by_name(stack.stack_name).template
    return json.dumps(template, sort_keys=True, separators=(",", ":"))
