"""Watch a deployed RegionProof from outside: its alerts, findings and resources."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.deployment import Deployment

QUEUE = "regionproof-alerts"
FINDING_FILTERS = {
    "GeneratorId": [{"Value": "regionproof/", "Comparison": "PREFIX"}],
    "RecordState": [{"Value": "ACTIVE", "Comparison": "EQUALS"}],
}


class ObservationFailed(RuntimeError):
    """An expected result is missing. The message names it and how long the observer waited."""


@dataclass(frozen=True)
class Observer:
    """Observes one deployment with its account's root credentials. `outputs` are the outputs of the stack."""

    deployment: Deployment
    outputs: dict[str, str]

    def subscribe_queue(self) -> str:
        """Subscribe a new queue to the findings topic and return the queue's URL."""
        sqs, topic = self.deployment.client("sqs"), self.outputs["FindingsTopicArn"]
        url: str = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(_delivery_policy(arn, topic))})
        self.deployment.client("sns").subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
        )
        return url

    def wait_for_alert(self, queue_url: str, seconds: float) -> dict[str, Any]:
        """Return the next alert in the queue as JSON. Raise ObservationFailed if none arrives in time."""
        return self._wait_for_message(queue_url, seconds, "alert")

    def wait_for_dead_letter(self, seconds: float) -> dict[str, Any]:
        """Return the next dead letter of the stack. Raise ObservationFailed if none arrives in time."""
        return self._wait_for_message(self.outputs["DeadLetterQueueUrl"], seconds, "dead letter")

    def _wait_for_message(self, queue_url: str, seconds: float, kind: str) -> dict[str, Any]:
        sqs, end = self.deployment.client("sqs"), time.monotonic() + seconds
        while time.monotonic() < end:
            for message in sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=1).get("Messages", []):
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                content: dict[str, Any] = json.loads(message["Body"])
                return content
        raise ObservationFailed(f"no {kind} arrived within {seconds:.0f} seconds")

    def findings(self) -> list[dict[str, Any]]:
        """Return all active findings of RegionProof, as Security Hub returns them."""
        pages = self.deployment.client("securityhub").get_paginator("get_findings").paginate(Filters=FINDING_FILTERS)
        return [finding for page in pages for finding in page["Findings"]]

    def resources(self) -> Iterator[tuple[str, str]]:
        """Yield the type and physical id of every resource in the stack."""
        stack = self.deployment.client("cloudformation").describe_stack_resources(StackName="RegionProof")
        for resource in stack["StackResources"]:
            yield resource["ResourceType"], resource.get("PhysicalResourceId", "")


def _delivery_policy(queue_arn: str, topic_arn: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
            }
        ],
    }
