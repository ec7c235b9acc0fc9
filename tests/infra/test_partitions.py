"""The stacks in every partition, and in Regions that an account must opt in to."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk.region_info import RegionInfo
from botocore.session import Session

from regionproof.settings.shape import Settings
from stacks.constructs.member_role_rollout import REGION_OF_EVERY_ACCOUNT, opt_in_regions

from .conftest import ROLLED_OUT
from .synthesis import ROOT, stack_set_template, synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from .synthesis import Synthesized

PARTITIONS = {
    "us-east-1": "aws",
    "ap-east-1": "aws",
    "me-central-1": "aws",
    "cn-north-1": "aws-cn",
    "us-gov-west-1": "aws-us-gov",
    "eusc-de-east-1": "aws-eusc",
}
SERVICE_PRINCIPALS = {"cloudwatch.amazonaws.com", "lambda.amazonaws.com", "scheduler.amazonaws.com"}
"""AWS spells these alike in every partition."""


@pytest.mark.parametrize(("region", "partition"), PARTITIONS.items())
@pytest.mark.parametrize("access", ["role", "root"])
def test_stacks_synthesize_for_a_region_of_every_partition(
    access: str, region: str, partition: str, tmp_path: Path
) -> None:
    """Offline, and with no ARN and no service principal of another partition."""
    settings = Settings(access="root" if access == "root" else "role", deployment=ROLLED_OUT)
    stacks = synthesize(settings, tmp_path, region=region).stacks.values()
    for text in (json.dumps(stack.template) for stack in stacks):
        assert set(re.findall(r"arn:(aws[\w-]*):", text)) <= {partition}
        assert set(re.findall(r"[\w-]+\.amazonaws\.[\w.]+", text)) <= SERVICE_PRINCIPALS


def test_cdk_writes_for_these_partitions() -> None:
    """What CDK looks up about Regions, it looks up for all of them."""
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    assert set(context["@aws-cdk/core:target-partitions"]) == set(PARTITIONS.values())
    assert {region: RegionInfo.get(region).partition for region in PARTITIONS} == PARTITIONS


def test_role_of_the_stack_set_deploys_in_every_partition(audit: Synthesized) -> None:
    """It is written once and rolled out wherever the stack is."""
    text = json.dumps(stack_set_template(audit))
    assert not re.search(r"arn:aws|amazonaws", text)


@pytest.mark.parametrize(
    ("stack_in", "instances_in"),
    [
        *(
            (region, region)
            for region in ("us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1")
        ),
        *((region, "us-east-1") for region in opt_in_regions()),
        ("eu-later-1", "eu-later-1"),
    ],
)
def test_instances_of_the_stack_set_go_to_a_region_that_every_member_has(
    stack_in: str, instances_in: str, audit: Synthesized
) -> None:
    """The stack's own, which the organization is known to use, unless members may have it switched off."""
    (stack_set,) = (r for r in audit.template["Resources"].values() if r["Type"] == "AWS::CloudFormation::StackSet")
    ((condition, where, otherwise),) = (
        region["Fn::If"] for region in stack_set["Properties"]["StackInstancesGroup"][0]["Regions"]
    )
    assert otherwise == {"Ref": "AWS::Region"}
    holds = _holds(audit.template["Conditions"][condition], stack_in)
    assert (where if holds else stack_in) == instances_in


def test_opt_in_regions_are_those_of_the_commercial_partition() -> None:
    """So that us-east-1 is a Region of the stack's own partition wherever the condition holds."""
    assert {RegionInfo.get(region).partition for region in opt_in_regions()} == {"aws"}
    assert set(opt_in_regions()) <= set(Session().get_available_regions("sts"))
    assert not RegionInfo.get(REGION_OF_EVERY_ACCOUNT).is_opt_in_region
    assert {"ap-east-1", "me-central-1", "eu-south-1"} <= set(opt_in_regions())


def _holds(condition: dict[str, Any], region: str) -> bool:
    """Evaluate a condition as CloudFormation does in a Region."""
    match condition:
        case {"Fn::Or": parts}:
            assert 2 <= len(parts) <= 10, "CloudFormation takes 2 to 10 conditions"
            return any(_holds(part, region) for part in parts)
        case {"Fn::Equals": [{"Ref": "AWS::Region"}, name]}:
            return bool(name == region)
        case _:
            raise AssertionError(condition)
