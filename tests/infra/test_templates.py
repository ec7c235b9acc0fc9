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

SERVICE_PRINCIPALS = {
    "cloudwatch.amazonaws.com",
    "lambda.amazonaws.com",
    "scheduler.amazonaws.com",
    "states.amazonaws.com",
}
"""AWS spells these alike in every partition."""

LINT_RULES_THAT_DO_NOT_APPLY = {
    "I1022": "It prefers Fn::Sub to Fn::Join, for whoever reads a template; these are written by CDK.",
    "I4010": "It asks for notes in a template written by hand; these are written by CDK.",
    "W3005": "CDK spells out that the function waits for its role, although the reference says so too.",
}

FEWEST_WORDS = 8
"""Of a reason that says something."""

# What the emulator of the demo cannot deploy, or what needs a helper function of CDK's own.
UNWANTED_TYPES = re.compile(
    r"Custom::|AWS::CloudFormation::CustomResource|AWS::CloudWatch::(CompositeAlarm|AnomalyDetector)"
)


@pytest.fixture(params=["default", "other", "weekly", "root", "root_from_elsewhere", "existing", "distributed"])
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
    """Each finding is fixed, or acknowledged with its exact id and the evidence."""
    for synthesized in assembly.stacks.values():
        report = AwsSolutionsChecks(synthesized.stack).validate_scope(synthesized.stack)
        assert [(v.rule_name, [r.construct_path for r in v.violating_resources]) for v in report.violations] == []


def test_every_acknowledged_finding_still_arises(assembly: Assembly, tmp_path: Path) -> None:
    """An acknowledgement whose cause is gone would hide the next finding of that id."""
    for synthesized in assembly.stacks.values():
        assert acknowledged(synthesized) == violations_without_acknowledgements(synthesized, tmp_path)


@pytest.mark.parametrize("mode", ["default", "other", "distributed"])
def test_what_the_stack_set_rolls_out_passes_the_aws_solutions_rules_too(
    mode: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """To the audit stack it is text. Nothing arises in it but what the stack of the same role argues."""
    rolled_out: Assembly = request.getfixturevalue(mode)
    argued = {finding for _, finding in acknowledged(rolled_out.member_role)}
    assert {finding for _, finding in violations(stack_set_template(rolled_out.audit), tmp_path)} == argued
    assert argued


def test_every_acknowledgement_says_why(assembly: Assembly) -> None:
    """In words of its own: neither an id nor a link is a reason."""
    for synthesized in assembly.stacks.values():
        for finding, reason in reasons(synthesized).items():
            words = [word for word in reason.split() if not word.startswith(("https://", "AwsSolutions"))]
            assert len(words) >= FEWEST_WORDS, f"{finding}: {reason}"


def reasons(synthesized: Synthesized) -> dict[tuple[str, str], str]:
    """Return the reason of every acknowledgement in a stack, by (construct path, finding id)."""
    key = Validations.ACKNOWLEDGED_RULES_METADATA_KEY
    return {
        (construct.node.path.removeprefix(f"{synthesized.stack.stack_name}/"), finding.split("::", 1)[1]): reason
        for construct in synthesized.stack.node.find_all()
        for entry in construct.node.metadata
        if entry.type == key
        for finding, reason in entry.data.items()
    }


def acknowledged(synthesized: Synthesized) -> set[tuple[str, str]]:
    """Return the (construct path, finding id) of every acknowledgement in a stack."""
    return set(reasons(synthesized))


def violations_without_acknowledgements(synthesized: Synthesized, tmp_path: Path) -> set[tuple[str, str]]:
    """Return the (construct path, finding id) that the bare template gives: it carries no acknowledgement."""
    paths = {
        logical_id: resource["Metadata"]["aws:cdk:path"].split("/", 1)[1].removesuffix("/Resource")
        for logical_id, resource in synthesized.template["Resources"].items()
    }
    return {(paths[logical_id], finding) for logical_id, finding in violations(synthesized.template, tmp_path)}


def violations(template: Mapping[str, Any], tmp_path: Path) -> set[tuple[str, str]]:
    """Return the (logical id, finding id) of everything that the rules find in a template."""
    file = tmp_path / "template.json"
    file.write_text(json.dumps(template), encoding="utf-8")
    bare = Stack(App(outdir=str(tmp_path)), "Bare")
    CfnInclude(bare, "Template", template_file=str(file))
    return {
        (str(resource.construct_path).removeprefix("Bare/Template/"), violation.rule_name)
        for violation in AwsSolutionsChecks(bare).validate_scope(bare).violations
        for resource in violation.violating_resources
    }
