"""Everything in an account that a deployment could have made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import boto3

LISTINGS = (
    ("s3", "list_buckets", "Buckets", "Name"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("scheduler", "list_schedules", "Schedules", "Name"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("stepfunctions", "list_state_machines", "stateMachines", "name"),
)
"""Service, operation, the list in its answer, and the name in an entry."""

AMAZON = "alias/aws/"
GONE = "DELETE_COMPLETE"


@dataclass(frozen=True)
class Account:
    """One account in one Region, as its root sees it."""

    session: boto3.Session
    endpoint_url: str

    def resources(self) -> set[str]:
        """Return every resource as ``service:name``, keys that are about to be deleted left out."""
        return {*self._listed(), *self._queues(), *self._stacks(), *self._keys()}

    def _listed(self) -> Iterator[str]:
        for service, operation, entries, name in LISTINGS:
            answer = getattr(self._client(service), operation)()
            yield from (f"{service}:{entry[name]}" for entry in answer[entries])

    def _queues(self) -> Iterator[str]:
        yield from (f"sqs:{url}" for url in self._client("sqs").list_queues().get("QueueUrls", []))

    def _stacks(self) -> Iterator[str]:
        for stack in self._client("cloudformation").list_stacks()["StackSummaries"]:
            if stack["StackStatus"] != GONE:
                yield f"cloudformation:{stack['StackName']}"

    def _keys(self) -> Iterator[str]:
        kms = self._client("kms")
        aliases = kms.list_aliases()["Aliases"]
        managed = {alias["TargetKeyId"] for alias in aliases if alias["AliasName"].startswith(AMAZON)}
        for key in kms.list_keys()["Keys"]:
            state = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
            if key["KeyId"] not in managed and state != "PendingDeletion":
                yield f"kms:{key['KeyId']}"

    def _client(self, service: str) -> Any:
        session: Any = self.session
        return session.client(service, endpoint_url=self.endpoint_url)
