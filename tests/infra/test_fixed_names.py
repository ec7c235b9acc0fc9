"""The names that preflight looks for are those that the stack's template fixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regionproof.domain import fixed_names
from regionproof.preflight.deployed import BOOTSTRAP_VERSION, DEFAULT_QUALIFIER

if TYPE_CHECKING:
    from .synthesis import Synthesized

PROPERTIES = {
    fixed_names.ROLE: "RoleName",
    fixed_names.STACK_SETS: "StackSetName",
    fixed_names.DASHBOARD: "DashboardName",
    fixed_names.ALARM: "AlarmName",
    fixed_names.STATE_MACHINE: "StateMachineName",
}
GENERATED = ("AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::Logs::LogGroup")


@pytest.mark.parametrize("engine", ["lambda", "step-functions"])
def test_preflight_looks_for_every_name_that_the_template_fixes(
    audit: Synthesized,
    in_steps: Synthesized,
    engine: str,
) -> None:
    """And for no other one, in both engines."""
    template = (audit if engine == "lambda" else in_steps).template
    found = {
        kind: {
            resource["Properties"][key]
            for resource in template["Resources"].values()
            if resource["Type"] == kind and key in resource["Properties"]
        }
        for kind, key in PROPERTIES.items()
    }
    wanted = fixed_names.fixed_names(engine, rolls_out=True)  # type: ignore[arg-type]  # one of the two
    assert {kind: set(names) for kind, names in wanted.items()} == {
        kind: names for kind, names in found.items() if names
    }


def test_nothing_else_has_a_name_of_its_own(audit: Synthesized) -> None:
    """CloudFormation generates the others, so they are free."""
    for resource in audit.template["Resources"].values():
        if resource["Type"] in GENERATED:
            keys = {key for key in resource["Properties"] if key in {"BucketName", "TopicName", "QueueName"}}
            keys |= {key for key in resource["Properties"] if key in {"FunctionName", "LogGroupName"}}
            assert keys == set(), resource["Type"]


def test_preflight_demands_the_bootstrap_that_the_template_demands(audit: Synthesized) -> None:
    """CloudFormation refuses every older version."""
    (rule,) = audit.template["Rules"]["CheckBootstrapVersion"]["Assertions"]
    refused = rule["Assert"]["Fn::Not"][0]["Fn::Contains"][0]
    assert refused == [str(version) for version in range(1, BOOTSTRAP_VERSION)]
    parameter = audit.template["Parameters"]["BootstrapVersion"]["Default"]
    assert parameter == f"/cdk-bootstrap/{DEFAULT_QUALIFIER}/version"
