"""Look at the audit's stack and at what its deployment needs: for a person, never in a run.

A name that exists already, and is not the stack's, fails the deployment and with it the roll-out to every account.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-resource-naming.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from regionproof.domain import fixed_names
from regionproof.domain.facts import ReadFailure
from regionproof.errors import UnexpectedAnswer
from regionproof.preflight import deployed
from regionproof.preflight.deployed import AUDIT_STACK, DeployedStack
from regionproof.preflight.observed import CALL_AS

from .calls import CallFailed, ask, listed, unread
from .name_listing import names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regionproof.answers import Answer
    from regionproof.domain.report import Identity
    from regionproof.preflight.observed import Names, PreflightScope

T = TypeVar("T")

ACTIONS = (
    "cloudformation:DescribeStacks",
    "cloudformation:ListStackResources",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:ListDashboards",
    "iam:GetRole",
    "s3:ListBucket",
    "sns:ListSubscriptionsByTopic",
    "ssm:GetParameter",
    "states:DescribeStateMachine",
)
"""What a person's policy needs for it, besides ``cloudformation:DescribeStackSet``."""

OUTPUTS_OF_TOPICS = ("FindingsTopicArn", "OperationsTopicArn")

_MAIL = frozenset({"email", "email-json"})
_VERSION = re.compile("[0-9]{1,9}")
_NO_SUCH_STACK = "does not exist"
"""How CloudFormation's message ends, whose code is that of any invalid request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackReading:
    """Reads the stack in the caller's Region. ``client`` gives the caller's own client of a service, by name."""

    identity: Identity
    client: Callable[[str], Any]

    def stack(self, needs: PreflightScope) -> DeployedStack | None:
        """Return what was seen; None if nothing is to be deployed."""
        if needs.stack is None or needs.deployment is None:
            return None
        cloudformation = self.client("cloudformation")
        status, outputs = _described(cloudformation)
        is_there = status != deployed.NO_STACK
        owned = _either("cloudformation:ListStackResources", lambda: _owned(cloudformation)) if is_there else {}
        known = {} if isinstance(owned, ReadFailure) else owned
        topics = [outputs[name] for name in OUTPUTS_OF_TOPICS if name in outputs]
        return DeployedStack(
            status=status,
            outputs=outputs,
            owned=owned,
            taken=self._taken(needs, known),
            bootstrap=self._bootstrap(needs.stack.qualifier),
            subscriptions={topic: self._subscriptions(topic) for topic in topics},
            bucket=self._bucket(needs.deployment.ledger_bucket, known),
        )

    def _taken(self, needs: PreflightScope, owned: Mapping[str, frozenset[str]]) -> Mapping[str, Names]:
        """Return which of the names that the stack fixes and does not have exist."""
        readers: Mapping[str, Callable[[tuple[str, ...]], Names]] = {
            fixed_names.ROLE: self._roles,
            fixed_names.DASHBOARD: self._dashboards,
            fixed_names.ALARM: self._alarms,
            fixed_names.STACK_SETS: lambda wanted: self._stack_sets(wanted, needs),
            fixed_names.STATE_MACHINE: self._machines,
        }
        return {kind: readers[kind](wanted) for kind, wanted in needs.names_to_be_free(owned).items()}

    def _roles(self, wanted: tuple[str, ...]) -> Names:
        iam = self.client("iam")
        return names(
            "iam:GetRole",
            lambda: (n for n in wanted if _exists("iam:GetRole", iam.get_role, "NoSuchEntity", RoleName=n)),
        )

    def _dashboards(self, wanted: tuple[str, ...]) -> Names:
        call, operation = "cloudwatch:ListDashboards", self.client("cloudwatch").list_dashboards
        found = names(
            call,
            lambda: (
                entry.text("DashboardName")
                for name in wanted
                for entry in listed(call, operation, "DashboardEntries", DashboardNamePrefix=name)
            ),
        )
        return found if isinstance(found, ReadFailure) else found.intersection(wanted)

    def _alarms(self, wanted: tuple[str, ...]) -> Names:
        call, operation = "cloudwatch:DescribeAlarms", self.client("cloudwatch").describe_alarms
        prefix = {"AlarmNamePrefix": fixed_names.ALARM_PREFIX}
        found = names(
            call, lambda: (entry.text("AlarmName") for entry in listed(call, operation, "MetricAlarms", **prefix))
        )
        return found if isinstance(found, ReadFailure) else found.intersection(wanted)

    def _stack_sets(self, wanted: tuple[str, ...], needs: PreflightScope) -> Names:
        call, operation = "cloudformation:DescribeStackSet", self.client("cloudformation").describe_stack_set
        absent, call_as = (
            "StackSetNotFoundException",
            CALL_AS[needs.deployment.account if needs.deployment else "management"],
        )
        return names(
            call, lambda: (n for n in wanted if _exists(call, operation, absent, StackSetName=n, CallAs=call_as))
        )

    def _machines(self, wanted: tuple[str, ...]) -> Names:
        call, operation = "states:DescribeStateMachine", self.client("stepfunctions").describe_state_machine
        here = f"arn:{self.identity.partition}:states:{self.identity.region}:{self.identity.account_id}:stateMachine"
        absent = "StateMachineDoesNotExist"
        return names(
            call, lambda: (n for n in wanted if _exists(call, operation, absent, stateMachineArn=f"{here}:{n}"))
        )

    def _bootstrap(self, qualifier: str) -> int | ReadFailure:
        """Return the version of the CDK bootstrap.

        https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
        """
        call, operation = "ssm:GetParameter", self.client("ssm").get_parameter
        try:
            answer = ask(call, operation, Name=f"/cdk-bootstrap/{qualifier}/version")
            version = answer.part("Parameter").text("Value")
        except (CallFailed, UnexpectedAnswer) as failure:
            found = unread(failure, call)
            return deployed.NOT_BOOTSTRAPPED if found.code == "ParameterNotFound" else found
        if not _VERSION.fullmatch(version):
            return unread(UnexpectedAnswer("the version of the CDK bootstrap is not a number"), call)
        return int(version)

    def _subscriptions(self, topic: str) -> Mapping[str, str] | ReadFailure:
        """Return the mail addresses that are subscribed; of several subscriptions of an address the best one."""
        call, operation = "sns:ListSubscriptionsByTopic", self.client("sns").list_subscriptions_by_topic

        def addresses() -> Mapping[str, str]:
            entries = listed(call, operation, "Subscriptions", TopicArn=topic)
            mail = [entry for entry in entries if entry.text_or("Protocol", "") in _MAIL]
            found = [(entry.text("Endpoint").lower(), entry.text("SubscriptionArn")) for entry in mail]
            return dict(sorted(found, key=lambda pair: (_DELETED_FIRST.get(pair[1], len(_DELETED_FIRST)), pair)))

        return _either(call, addresses)

    def _bucket(self, name: str | None, owned: Mapping[str, frozenset[str]]) -> str | ReadFailure | None:
        """Return whether the account has the bucket that the settings name.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
        """
        if name is None or name in owned.get("AWS::S3::Bucket", ()):
            return None
        call, operation = "s3:HeadBucket", self.client("s3").head_bucket
        try:
            region = ask(call, operation, Bucket=name, ExpectedBucketOwner=self.identity.account_id).text_or(
                "BucketRegion", self.identity.region
            )
        except (CallFailed, UnexpectedAnswer) as failure:
            found = unread(failure, call)
            return deployed.NO_BUCKET if found.code in {"404", "NoSuchBucket"} else found
        return deployed.OWN_BUCKET if region == self.identity.region else deployed.BUCKET_ELSEWHERE


_DELETED_FIRST = {deployed.DELETED: 0, deployed.PENDING: 1}


def _described(cloudformation: Any) -> tuple[str | ReadFailure, Mapping[str, str]]:
    """Return state and outputs of the stack."""
    call = "cloudformation:DescribeStacks"
    try:
        stack = _only(call, ask(call, cloudformation.describe_stacks, StackName=AUDIT_STACK).parts("Stacks"))
        outputs = stack.parts("Outputs") if "Outputs" in stack.content else []
        return stack.text("StackStatus"), {one.text("OutputKey"): one.text("OutputValue") for one in outputs}
    except (CallFailed, UnexpectedAnswer) as failure:
        found = unread(failure, call)
        is_absent = found.code == "ValidationError" and found.message.endswith(_NO_SUCH_STACK)
        return (deployed.NO_STACK if is_absent else found), {}


def _only(call: str, described: list[Answer]) -> Answer:
    if len(described) != 1:
        raise UnexpectedAnswer(f"{call} was answered with {len(described)} stacks for one name")
    return described[0]


def _owned(cloudformation: Any) -> Mapping[str, frozenset[str]]:
    """Return the names of the stack's resources by type."""
    call, operation = "cloudformation:ListStackResources", cloudformation.list_stack_resources
    found: dict[str, frozenset[str]] = {}
    for resource in listed(call, operation, "StackResourceSummaries", StackName=AUDIT_STACK):
        kind, physical = resource.text("ResourceType"), resource.text_or("PhysicalResourceId", "")
        if physical and resource.text("ResourceStatus") not in fixed_names.NOT_THERE:
            found[kind] = found.get(kind, frozenset()) | {fixed_names.name_of(kind, physical)}
    return found


def _exists(call: str, operation: Callable[..., Any], absent: str, **arguments: Any) -> bool:
    """Return whether AWS describes something; ``absent`` is the code by which it says that it is not there."""
    try:
        ask(call, operation, **arguments)
    except CallFailed as failure:
        if failure.code == absent:
            return False
        raise
    return True


def _either(call: str, read: Callable[[], T]) -> T | ReadFailure:
    """Return what ``read`` returns, or the failure of ``call``."""
    try:
        return read()
    except (CallFailed, UnexpectedAnswer) as failure:
        return unread(failure, call)
