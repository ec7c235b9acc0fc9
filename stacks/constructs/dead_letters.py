"""The queue where every audit that did not happen leaves a message."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.acknowledgements import acknowledge

RETENTION = Duration.days(14)
"""The longest that SQS keeps a message."""


class DeadLetters(Construct):
    """One SQS queue, encrypted at rest, that accepts no call without TLS.

    One for both senders, as both say the same: an audit did not happen. They distinguish on their own: the
    function's failed run is an envelope with ``requestContext`` and ``responsePayload``, and the schedule's
    undelivered call carries the message attribute ``ERROR_CODE``.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=RETENTION,
        )
        acknowledge(
            self.queue,
            {"AwsSolutions-SQS3": "It is the dead-letter queue: of the schedule's target and of failed runs."},
        )
