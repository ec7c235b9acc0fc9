"""The topic that findings are published to."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence

MANAGED_KEY = "alias/aws/sns"
"""The key that AWS manages for SNS, by its name: SNS makes it when it first needs it in an account and Region.

By an ARN of the alias SNS would take it for a key of the customer's own, which no one makes:
https://github.com/aws/aws-cdk/issues/22605
"""


class FindingsTopic(Construct):
    """An SNS topic, encrypted at rest, that accepts no message without TLS, with its mail subscriptions.

    Only the audit's role publishes to it. So the key that AWS manages for SNS is enough: it costs nothing and lets
    every publisher of the account in, without a right on it. Alarms and EventBridge cannot use it; alarms have the
    operations topic.
    """

    def __init__(self, scope: Construct, construct_id: str, *, emails: Sequence[str]) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(
            self,
            "Topic",
            display_name="RegionProof findings",
            enforce_ssl=True,
        )
        # The construct has no argument for the name: of any alias it writes the ARN.
        cast("sns.CfnTopic", self.topic.node.default_child).kms_master_key_id = MANAGED_KEY
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
