"""The topic that alarms notify: what is wrong with the audit itself, apart from what the audit found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence

CLOUDWATCH = "cloudwatch.amazonaws.com"


class OperationsTopic(Construct):
    """An SNS topic, encrypted at rest, that accepts no message without TLS, with its mail subscriptions.

    Its key is the stack's own: CloudWatch has no right on the key that AWS manages for SNS, and no one can give
    it one. An alarm that fails to notify says so nowhere but in its own history.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, emails: Sequence[str]) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(
            self,
            "Topic",
            display_name="RegionProof operations",
            enforce_ssl=True,
            master_key=self._key(),
        )
        # Once a topic has a policy, only that counts. No alarm of another account, and nothing but an alarm.
        alarms = Stack.of(self).format_arn(service="cloudwatch", resource="alarm:*")
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(CLOUDWATCH)],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                    "ArnLike": {"aws:SourceArn": alarms},
                },
            )
        )
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def _key(self) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            description="Encrypts the notifications of RegionProof's alarms.",
            enable_key_rotation=True,
            # It only covers messages on their way: with the topic gone nothing is left to decrypt.
            removal_policy=RemovalPolicy.DESTROY,
            pending_window=Duration.days(7),
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(CLOUDWATCH)],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],  # in a key policy: this key
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        return key
