"""The audit's stack and what its deployment needs, as AWS describes them to a person."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from regionproof.aws.stack_inspector import StackReading
from regionproof.domain import fixed_names
from regionproof.domain.facts import ReadFailure
from regionproof.domain.report import Identity
from regionproof.preflight import deployed
from regionproof.preflight.deployed import DeployedStack, StackNeeds
from regionproof.preflight.observed import PreflightScope
from regionproof.settings.shape import Alerts, AuditSettings, Deployment
from tests.support.stubs import prepared

ACCOUNT, REGION = "111111111111", "eu-central-1"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:Findings"
NO_STACK = ("ValidationError", "Stack with id RegionProof does not exist")
DENIED = ("AccessDenied", "x is not authorized to perform: y")
BARE = Deployment()

ABSENT: dict[str, list[tuple[str, Any]]] = {
    "cloudformation": [("describe_stacks", NO_STACK)],
    "iam": [("get_role", ("NoSuchEntity", "no"))],
    "cloudwatch": [("list_dashboards", {"DashboardEntries": []}), ("describe_alarms", {"MetricAlarms": []})],
    "ssm": [("get_parameter", ("ParameterNotFound", "no"))],
}
"""What AWS answers where nothing was ever deployed."""


@dataclass
class World:
    """The services that are asked, and what each answers."""

    answers: dict[str, list[tuple[str, Any]]] = field(default_factory=lambda: dict(ABSENT))
    asked: list[str] = field(default_factory=list)

    def read(self, deployment: Deployment = BARE, **needs: Any) -> DeployedStack:
        """Return what is read, and see that everything that was prepared was asked for."""
        wanted = PreflightScope(AuditSettings(), deployment, stack=StackNeeds(alerts=Alerts(), **needs))
        with ExitStack() as open_stubs:
            clients = {service: self._client(open_stubs, service) for service in self.answers}
            reading = StackReading(identity=Identity(ACCOUNT, "aws", REGION), client=lambda name: clients[name])
            found = reading.stack(wanted)
        assert found is not None
        return found

    def _client(self, open_stubs: ExitStack, service: str) -> Any:
        client, stub = open_stubs.enter_context(prepared(service, REGION))
        for operation, answer in self.answers[service]:
            if isinstance(answer, tuple):
                stub.add_client_error(operation, *answer)
            else:
                stub.add_response(operation, answer)
        return client


def world(**answers: list[tuple[str, Any]]) -> World:
    """Return AWS without any deployment, with other answers of some services."""
    return World({**ABSENT, **answers})


def a_stack(status: str = "CREATE_COMPLETE", **outputs: str) -> tuple[str, Any]:
    """Return the answer that the stack is there."""
    listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    stack = {"StackName": "RegionProof", "StackStatus": status, **({"Outputs": listed} if listed else {})}
    return "describe_stacks", {"Stacks": [stack]}


def resources(*found: tuple[str, str, str]) -> tuple[str, Any]:
    """Return the answer that the stack has these resources: type, id and state."""
    keys = ("ResourceType", "PhysicalResourceId", "ResourceStatus")
    return "list_stack_resources", {"StackResourceSummaries": [dict(zip(keys, one, strict=True)) for one in found]}


def test_where_nothing_was_deployed_nothing_is_there() -> None:
    """And nothing is in the way."""
    found = world().read()
    assert (found.status, found.bootstrap, found.bucket) == (deployed.NO_STACK, deployed.NOT_BOOTSTRAPPED, None)
    assert set(found.taken.values()) == {frozenset()}
    assert found.taken.keys() == {fixed_names.ROLE, fixed_names.DASHBOARD, fixed_names.ALARM}


def test_nothing_is_read_if_nothing_is_to_be_deployed() -> None:
    """A run has no right for it."""
    reading = StackReading(identity=Identity(ACCOUNT, "aws", REGION), client=pytest.fail)
    assert reading.stack(PreflightScope(AuditSettings())) is None


def test_names_that_exist_are_taken() -> None:
    """A dashboard whose name only begins like ours is another one."""
    alarms = {"MetricAlarms": [{"AlarmName": "RegionProof dead letters"}, {"AlarmName": "RegionProof of mine"}]}
    dashboards = {"DashboardEntries": [{"DashboardName": "RegionProof"}, {"DashboardName": "RegionProof-2"}]}
    found = world(
        iam=[("get_role", {"Role": {"RoleName": "RegionProofAuditFunction"}})],
        cloudwatch=[("list_dashboards", dashboards), ("describe_alarms", alarms)],
        cloudformation=[("describe_stacks", NO_STACK), ("describe_stack_set", {"StackSet": {}})],
        stepfunctions=[("describe_state_machine", {})],
    ).read(Deployment(roll_out_to=("r-ab12",)), engine="step-functions")
    assert found.taken == {
        fixed_names.ROLE: frozenset({"RegionProofAuditFunction"}),
        fixed_names.DASHBOARD: frozenset({"RegionProof"}),
        fixed_names.ALARM: frozenset({"RegionProof dead letters"}),
        fixed_names.STACK_SETS: frozenset({"RegionProofMemberRole"}),
        fixed_names.STATE_MACHINE: frozenset({"RegionProof"}),
    }


def test_a_stack_set_and_a_machine_that_do_not_exist_are_free() -> None:
    """Each service says so by its own code."""
    found = world(
        cloudformation=[("describe_stacks", NO_STACK), ("describe_stack_set", ("StackSetNotFoundException", "no"))],
        stepfunctions=[("describe_state_machine", ("StateMachineDoesNotExist", "no"))],
    ).read(Deployment(roll_out_to=("r-ab12",)), engine="step-functions")
    assert set(found.taken.values()) == {frozenset()}


def test_names_of_the_stack_itself_are_not_asked_about() -> None:
    """What it failed to make, or left behind, is not its own."""
    owned = [
        (fixed_names.ROLE, "RegionProofAuditFunction", "CREATE_COMPLETE"),
        (fixed_names.STACK_SETS, "RegionProofMemberRole:1a2b", "UPDATE_COMPLETE"),
        (fixed_names.STATE_MACHINE, f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:RegionProof", "CREATE_COMPLETE"),
        (fixed_names.DASHBOARD, "RegionProof", "CREATE_FAILED"),
        *((fixed_names.ALARM, name, "DELETE_SKIPPED") for name in ("RegionProof silence",)),
    ]
    found = World(
        {
            "cloudformation": [a_stack(), resources(*owned)],
            "cloudwatch": [
                ("list_dashboards", {"DashboardEntries": [{"DashboardName": "RegionProof"}]}),
                ("describe_alarms", {"MetricAlarms": [{"AlarmName": "RegionProof silence"}]}),
            ],
            "ssm": ABSENT["ssm"],
        }
    ).read(Deployment(roll_out_to=("r-ab12",)), engine="step-functions")
    assert found.taken == {
        fixed_names.DASHBOARD: frozenset({"RegionProof"}),
        fixed_names.ALARM: frozenset({"RegionProof silence"}),
    }


@pytest.mark.parametrize(
    ("value", "version"),
    [("21", 21), ("six", None), ("-1", None), ("9" * 5000, None), ("\u0662\u0661", None)],
)
def test_the_version_of_the_bootstrap_is_a_number_or_unread(value: str, version: int | None) -> None:
    """By the parameter of the qualifier."""
    found = world(ssm=[("get_parameter", {"Parameter": {"Value": value}})]).read().bootstrap
    assert found == version if version else isinstance(found, ReadFailure)


def test_mail_addresses_are_read_with_the_best_of_their_subscriptions() -> None:
    """An ended subscription stays listed for a time beside the new one; queues get no mail."""
    subscriptions = [
        {"Protocol": "email", "Endpoint": "Jane@Example.com", "SubscriptionArn": f"{TOPIC}:1a2b"},
        {"Protocol": "email", "Endpoint": "jane@example.com", "SubscriptionArn": "Deleted"},
        {"Protocol": "email-json", "Endpoint": "joe@example.com", "SubscriptionArn": "PendingConfirmation"},
        {"Protocol": "sqs", "Endpoint": "arn:aws:sqs:x:1:queue", "SubscriptionArn": f"{TOPIC}:3c4d"},
    ]
    found = world(
        cloudformation=[a_stack(FindingsTopicArn=TOPIC), resources()],
        sns=[("list_subscriptions_by_topic", {"Subscriptions": subscriptions})],
    ).read()
    assert found.subscriptions == {
        TOPIC: {"jane@example.com": f"{TOPIC}:1a2b", "joe@example.com": "PendingConfirmation"}
    }


@pytest.mark.parametrize(
    ("answer", "bucket"),
    [
        ({"BucketRegion": REGION}, deployed.OWN_BUCKET),
        ({}, deployed.OWN_BUCKET),
        ({"BucketRegion": "us-east-1"}, deployed.BUCKET_ELSEWHERE),
        (("404", "Not Found"), deployed.NO_BUCKET),
        (("403", "Forbidden"), ReadFailure("s3:HeadBucket", "403", "Forbidden")),
    ],
)
def test_the_bucket_that_the_settings_name_is_looked_for(answer: Any, bucket: object) -> None:
    """A bucket of another account is answered as one without the right to look."""
    found = world(s3=[("head_bucket", answer)]).read(replace(BARE, ledger_bucket="regionproof-ledger"))
    assert found.bucket == bucket


def test_a_bucket_that_the_stack_has_is_not_asked_about() -> None:
    """It was adopted, or made under that name."""
    owned = resources(("AWS::S3::Bucket", "regionproof-ledger", "CREATE_COMPLETE"))
    found = world(cloudformation=[a_stack(), owned]).read(replace(BARE, ledger_bucket="regionproof-ledger"))
    assert found.bucket is None


def test_whatever_is_refused_is_unread() -> None:
    """Never absent, free or empty."""
    found = World(
        {
            "cloudformation": [("describe_stacks", DENIED), ("list_stack_resources", DENIED)],
            "iam": [("get_role", DENIED)],
            "cloudwatch": [("list_dashboards", DENIED), ("describe_alarms", DENIED)],
            "ssm": [("get_parameter", DENIED)],
        }
    ).read()
    for unread in (found.status, found.owned, found.bootstrap, *found.taken.values()):
        assert isinstance(unread, ReadFailure)


@pytest.mark.parametrize(
    "answer",
    [
        ("ValidationError", "1 validation error detected"),
        {"Stacks": []},
        {"Stacks": [{"StackName": "RegionProof"}]},
        {"Stacks": [{"StackStatus": "CREATE_COMPLETE", "Outputs": [{}]}]},
    ],
)
def test_another_error_or_answer_is_not_taken_for_no_stack(answer: Any) -> None:
    """CloudFormation has one code for every invalid request."""
    answers = [("describe_stacks", answer), ("list_stack_resources", DENIED)]
    assert isinstance(world(cloudformation=answers).read().status, ReadFailure)
