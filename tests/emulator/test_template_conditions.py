"""Conditions in a template can use the account, Region and partition of the stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.identities import MEMBER

if TYPE_CHECKING:
    from tests.emulator.identities import Identity

pytestmark = pytest.mark.network


def template(pseudo_parameter: str, value: str) -> str:
    """Return a template with a topic that depends on the condition."""
    condition = {"Fn::Equals": [{"Ref": pseudo_parameter}, value]}
    topic = {"Type": "AWS::SNS::Topic", "Condition": "Here", "Properties": {"TopicName": "here"}}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "anywhere"}}
    return json.dumps({"Conditions": {"Here": condition}, "Resources": {"Topic": topic, "Queue": queue}})


@pytest.mark.parametrize(
    ("pseudo_parameter", "value", "holds"),
    [
        ("AWS::Region", "eu-west-1", True),
        ("AWS::Region", "us-east-1", False),
        ("AWS::AccountId", MEMBER, True),
        ("AWS::AccountId", "999999999999", False),
        ("AWS::Partition", "aws", True),
        ("AWS::Partition", "aws-cn", False),
    ],
)
def test_a_condition_uses_the_pseudo_parameters_of_the_stack(
    member: Identity,
    pseudo_parameter: str,
    value: str,
    holds: bool,  # noqa: FBT001  # what pytest passes
) -> None:
    """The topic exists only if the condition holds."""
    cloudformation: Any = member.client("cloudformation", "eu-west-1")
    cloudformation.create_stack(StackName="conditional", TemplateBody=template(pseudo_parameter, value))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="conditional", WaiterConfig={"Delay": 1})
    resources = cloudformation.describe_stack_resources(StackName="conditional")["StackResources"]
    assert ("AWS::SNS::Topic" in {resource["ResourceType"] for resource in resources}) is holds
