"""All permissions besides access to accounts, as IAM policies. The actions are declared next to the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam

from regionproof import permissions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import CfnElement
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs
    from constructs import Construct

    from regionproof.settings.shape import AuditSettings

WHY_THE_WHOLE_LEDGER = (
    "The keys below ledger/ are the ledger and the copies of it that were set aside; the name of a copy is the id of "
    "the run that set it aside."
)


def publish_findings(scope: Construct, settings: AuditSettings, topic: sns.ITopic) -> Mapping[str, iam.PolicyDocument]:
    """Return the rights, by name, to publish to the enabled destinations."""
    policies = {"PublishToTopic": _allow(permissions.SNS_ACTIONS, topic.topic_arn)}
    if settings.publish.security_hub.enabled:
        default_product = Stack.of(scope).format_arn(
            service="securityhub", resource="product", resource_name=f"{Aws.ACCOUNT_ID}/default"
        )
        policies["ImportFindings"] = _allow(permissions.SECURITY_HUB_ACTIONS, default_product)
        hub = Stack.of(scope).format_arn(service="securityhub", resource="hub", resource_name="default")
        policies["ListFindings"] = _allow(permissions.SECURITY_HUB_LISTING_ACTIONS, hub)
        policies["SeeWhetherHubIsEnabled"] = _allow(permissions.SECURITY_HUB_SETUP_ACTIONS, hub)
    return policies


def keep_ledger(bucket: s3.IBucket) -> Mapping[str, iam.PolicyDocument]:
    """Return the permissions, by name, to read and write the ledger, and to learn that it does not exist yet.

    Without ``s3:ListBucket`` S3 answers 403 for a key that does not exist, as for one that is denied: a first
    run could not be distinguished from a broken one. The right has no condition on ``s3:prefix``, as no request for an
    object carries a prefix that it could match, and the bucket holds nothing but the ledger.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    return {
        "KeepLedger": _allow(permissions.LEDGER_ACTIONS, bucket.arn_for_objects(f"{permissions.LEDGER_PREFIX}*")),
        "SeeWhetherLedgerExists": _allow(permissions.LEDGER_BUCKET_ACTIONS, bucket.bucket_arn),
    }


def evidence_for_ledger(scope: Construct, bucket: s3.IBucket) -> Mapping[str, str]:
    """Return, by the id of the AwsSolutions finding, why ``keep_ledger`` has this wildcard."""
    logical_id = Stack.of(scope).get_logical_id(cast("CfnElement", bucket.node.default_child))
    return {f"AwsSolutions-IAM5[Resource::<{logical_id}.Arn>/{permissions.LEDGER_PREFIX}*]": WHY_THE_WHOLE_LEDGER}


def report_failure(queue: sqs.IQueue) -> Mapping[str, iam.PolicyDocument]:
    """Return the permission to leave a message if an invocation or a run failed."""
    return {"SendDeadLetter": _allow(["sqs:SendMessage"], queue.queue_arn)}


def write_log(log_group: logs.ILogGroup) -> Mapping[str, iam.PolicyDocument]:
    """Return the right to write to one log group, and not to make any."""
    return {"WriteLog": _allow(["logs:CreateLogStream", "logs:PutLogEvents"], log_group.log_group_arn)}


def invoke(function_arn: str) -> Mapping[str, iam.PolicyDocument]:
    """Return the right to call one function, and none of its versions."""
    return {"InvokeFunction": _allow(["lambda:InvokeFunction"], function_arn)}


def _allow(actions: Sequence[str], resource: str) -> iam.PolicyDocument:
    return iam.PolicyDocument(statements=[iam.PolicyStatement(actions=list(actions), resources=[resource])])
