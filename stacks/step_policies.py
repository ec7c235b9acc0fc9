"""The rights that a run in steps adds: no one has them with ``engine: lambda``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam

from regionproof import permissions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import CfnElement
    from aws_cdk import aws_s3 as s3
    from constructs import Construct

    from regionproof.settings.shape import Settings

STATES = "states.amazonaws.com"

WHY_THE_FILES_OF_EVERY_RUN = (
    "The keys below runs/ begin with the id of a run, which is unknown beforehand: each run has separate files."
)
WHY_EVERY_BATCH = (
    "Step Functions chooses the name of each batch's execution; all of them belong to this one state machine. "
    "https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html"
)


def keep_run_files(settings: Settings, bucket: s3.IBucket) -> Mapping[str, iam.PolicyDocument]:
    """Return the permission, by name, to read and write the files of runs in steps; none without steps."""
    if settings.engine != "step-functions":
        return {}
    return {"KeepRunFiles": _allow(permissions.RUN_ACTIONS, bucket.arn_for_objects(f"{permissions.RUN_PREFIX}*"))}


def evidence_for_run_files(settings: Settings, bucket: s3.IBucket) -> Mapping[str, str]:
    """Return, by the id of the AwsSolutions finding, why ``keep_run_files`` has this wildcard."""
    if settings.engine != "step-functions":
        return {}
    logical_id = Stack.of(bucket).get_logical_id(cast("CfnElement", bucket.node.default_child))
    resource = f"<{logical_id}.Arn>/{permissions.RUN_PREFIX}*"
    return {f"AwsSolutions-IAM5[Resource::{resource}]": WHY_THE_FILES_OF_EVERY_RUN}


def run_batches(scope: Construct, machine: str, labels: Sequence[str]) -> Mapping[str, iam.PolicyDocument]:
    """Return the rights, by name, of a state machine to run the batches of its maps and to redrive them.

    The batches are executions of the machine itself, whose ARNs carry the label of their map. AWS's page names
    DescribeExecution and StopExecution for the machine's executions without a label, so both forms are allowed.
    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    labelled = [_execution_arn(scope, f"{machine}/{label}:*") for label in labels]
    return {
        "StartBatches": _allow(["states:StartExecution"], machine_arn(scope, machine)),
        "FollowBatches": _allow(
            ["states:DescribeExecution", "states:StopExecution"], _execution_arn(scope, f"{machine}:*"), *labelled
        ),
        "RedriveBatches": _allow(["states:RedriveExecution"], *labelled),
    }


def evidence_for_batches(machine: str, labels: Sequence[str]) -> Mapping[str, str]:
    """Return, by the ids of the AwsSolutions findings, why ``run_batches`` has these wildcards."""
    executions = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution"
    return {
        f"AwsSolutions-IAM5[Resource::{executions}:{machine}:*]": WHY_EVERY_BATCH,
        **{f"AwsSolutions-IAM5[Resource::{executions}:{machine}/{label}:*]": WHY_EVERY_BATCH for label in labels},
    }


def start(machine_arn: str) -> Mapping[str, iam.PolicyDocument]:
    """Return the right to start executions of one state machine."""
    return {"StartExecution": _allow(["states:StartExecution"], machine_arn)}


def machine_arn(scope: Construct, machine: str) -> str:
    """Return the ARN of a state machine of this account and Region by its name, before it is made."""
    return Stack.of(scope).format_arn(
        service="states", resource="stateMachine", resource_name=machine, arn_format=ArnFormat.COLON_RESOURCE_NAME
    )


def _execution_arn(scope: Construct, executions: str) -> str:
    return Stack.of(scope).format_arn(
        service="states", resource="execution", resource_name=executions, arn_format=ArnFormat.COLON_RESOURCE_NAME
    )


def _allow(actions: Sequence[str], *resources: str) -> iam.PolicyDocument:
    return iam.PolicyDocument(statements=[iam.PolicyStatement(actions=list(actions), resources=list(resources))])
