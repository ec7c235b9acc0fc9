"""What holds for every template that leaves the app: partitions, CloudFormation's schema, AwsSolutions."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Stack, Validations
from aws_cdk.cloudformation_include import CfnInclude
from cdk_nag import AwsSolutionsChecks
from cfnlint.api import lint_all  # type: ignore[import-untyped]  # has no types

from stacks.constructs.member_role_rollout import REGION_OF_EVERY_ACCOUNT

from .synthesis import stack_set_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .synthesis import Assembly, Synthesized

SERVICE_PRINCIPALS = {"cloudwatch.amazonaws.com", "lambda.amazonaws.com", "scheduler.amazonaws.com"}
"""AWS spells these alike in every partition."""

LINT_RULES_THAT_DO_NOT_APPLY = {
    "I1022": "It prefers Fn::Sub to Fn::Join, for whoever reads a template; these are written by CDK.",
    "I4010": "It asks for notes in a template written by hand; these are written by CDK.",
    "W3005": "CDK spells out that the function waits for its role, although the reference says so too.",
}

# What the emulator of the demo can not deploy, or what needs a helper function of CDK's own.
UNWANTED_TYPES = re.compile(
    r"Custom::|AWS::CloudFormation::CustomResource|AWS::CloudWatch::(CompositeAlarm|AnomalyDetector)"
)


@pytest.fixture(params=["default", "other", "weekly", "root", "root_from_elsewhere", "existing"])
def assembly(request: pytest.FixtureRequest) -> Assembly:
    """Return each of the synthesized assemblies in turn."""
    found: Assembly = request.getfixturevalue(request.param)
    return found


def templates(assembly: Assembly) -> Iterator[Mapping[str, Any]]:
    """Yield every template, also the one inside the StackSet."""
    for stack in assembly.stacks.values():
        yield stack.template
    if assembly.audit.paths("AWS::CloudFormation::StackSet"):
        yield stack_set_template(assembly.audit)


def test_no_template_names_a_partition_an_account_or_a_region(assembly: Assembly) -> None:
    """The same template deploys in every partition, account and Region."""
    for template in templates(assembly):
        text = json.dumps({**template, "Conditions": {}}).replace(f'", "{REGION_OF_EVERY_ACCOUNT}", ', "")
        assert set(re.findall(r"[\w.-]*amazonaws\.com[\w.]*", text)) <= SERVICE_PRINCIPALS
        assert not re.search(r"arn:aws|\b\d{12}\b|\b[a-z]{2}-[a-z]+-\d\b", text)


def test_no_template_needs_more_than_cloudformation(assembly: Assembly) -> None:
    """No custom resource, no metadata resource, no helper function."""
    for template in templates(assembly):
        types = [resource["Type"] for resource in template["Resources"].values()]
        assert not [kind for kind in types if UNWANTED_TYPES.match(kind) or kind == "AWS::CDK::Metadata"]
        assert types.count("AWS::Lambda::Function") <= 1


def test_every_template_agrees_with_cloudformations_schema(assembly: Assembly) -> None:
    """What cfn-lint finds is what CloudFormation would refuse in the middle of a deployment."""
    found = [match for template in templates(assembly) for match in lint_all(json.dumps(template))]
    assert [str(match) for match in found if match.rule.id not in LINT_RULES_THAT_DO_NOT_APPLY] == []


def test_every_stack_passes_the_aws_solutions_rules(assembly: Assembly) -> None:
    """Each finding is cured, or acknowledged with its exact id and the evidence."""
    for synthesized in assembly.stacks.values():
        report = AwsSolutionsChecks(synthesized.stack).validate_scope(synthesized.stack)
        assert [(v.rule_name, [r.construct_path for r in v.violating_resources]) for v in report.violations] == []


def test_every_acknowledged_finding_still_arises(assembly: Assembly, tmp_path: Path) -> None:
    """An acknowledgement whose cause is gone would hide the next finding of that id."""
    for synthesized in assembly.stacks.values():
        assert acknowledged(synthesized) == violations_without_acknowledgements(synthesized, tmp_path)


def acknowledged(synthesized: Synthesized) -> set[tuple[str, str]]:
    """Return the (construct path, finding id) of every acknowledgement in a stack."""
    key = Validations.ACKNOWLEDGED_RULES_METADATA_KEY
    return {
        (construct.node.path.removeprefix(f"{synthesized.stack.stack_name}/"), finding.split("::", 1)[1])
        for construct in synthesized.stack.node.find_all()
        for entry in construct.node.metadata
        if entry.type == key
        for finding in entry.data
    }


def violations_without_acknowledgements(synthesized: Synthesized, tmp_path: Path) -> set[tuple[str, str]]:
    """Return the (construct path, finding id) that the bare template gives: it carries no acknowledgement."""
    file = tmp_path / "template.json"
    file.write_text(json.dumps(synthesized.template), encoding="utf-8")
    bare = Stack(App(outdir=str(tmp_path)), "Bare")
    CfnInclude(bare, "Template", template_file=str(file))
    found = AwsSolutionsChecks(bare).validate_scope(bare).violations
    paths = {
        f"Bare/Template/{logical_id}": resource["Metadata"]["aws:cdk:path"].split("/", 1)[1]
        for logical_id, resource in synthesized.template["Resources"].items()
    }
    return {
        (paths[str(resource.construct_path)].removesuffix("/Resource"), violation.rule_name)
        for violation in found
        for resource in violation.violating_resources
    }
