"""Synthesize the stacks for given settings, and spell their templates without generated names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import App, Environment, Stack, Stage

from app import compose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk.cx_api import CloudAssembly
    from constructs import Construct

    from regionproof.settings.shape import Settings

ROOT = Path(__file__).parents[2]
CONTEXT_OF_THE_CLI: dict[str, Any] = {
    "aws:cdk:bundling-stacks": [],  # as for `cdk list`: the templates matter here, not the zip
    "aws:cdk:enable-path-metadata": True,
}


@dataclass(frozen=True, slots=True)
class Synthesized:
    """One stack: the construct, its template, and the warnings that the CDK CLI would print."""

    stack: Stack
    template: Mapping[str, Any]
    warnings: tuple[str, ...]

    def paths(self, resource_type: str) -> list[str]:
        """Return the construct paths, below the stack, of all resources of a type."""
        found = (r for r in self.template["Resources"].values() if r["Type"] == resource_type)
        return [self._path(resource) for resource in found]

    def resource(self, path: str) -> dict[str, Any]:
        """Return the resource that a construct made, its intrinsic functions spelled as text."""
        (found,) = (r for r in self.template["Resources"].values() if self._path(r) == path)
        spelled: dict[str, Any] = self._spelled(found)
        return spelled

    def properties(self, path: str) -> dict[str, Any]:
        """Return the properties of the resource that a construct made."""
        properties: dict[str, Any] = self.resource(path)["Properties"]
        return properties

    def subscribers(self, topic: str) -> list[str]:
        """Return the addresses that are subscribed to a topic by mail."""
        found = (self.properties(path) for path in self.paths("AWS::SNS::Subscription"))
        return [s["Endpoint"] for s in found if (s["TopicArn"], s["Protocol"]) == (f"${{{topic}}}", "email")]

    def alarms(self) -> dict[str, dict[str, Any]]:
        """Return the properties of every alarm by its name, without the product's."""
        found = (self.properties(path) for path in self.paths("AWS::CloudWatch::Alarm"))
        return {alarm["AlarmName"].removeprefix("RegionProof "): alarm for alarm in found}

    def outputs(self) -> dict[str, str]:
        """Return the values of the stack's outputs by their names."""
        return {name: self._spelled(output["Value"]) for name, output in self.template["Outputs"].items()}

    def _path(self, resource: Mapping[str, Any]) -> str:
        path: str = resource["Metadata"]["aws:cdk:path"]
        return path.removeprefix(f"{self.stack.stack_name}/").removesuffix("/Resource")

    def _spelled(self, node: Any) -> Any:
        """Spell intrinsic functions as text, with construct paths in place of generated names."""
        if isinstance(node, list):
            return [self._spelled(item) for item in node]
        if not isinstance(node, dict):
            return node
        return self._intrinsic(node) or {key: self._spelled(value) for key, value in node.items()}

    def _intrinsic(self, node: Mapping[str, Any]) -> str | None:
        match node:
            case {"Ref": name}:
                return f"${{{self._named(name)}}}"
            case {"Fn::GetAtt": [name, attribute]}:
                return f"${{{self._named(name)}.{attribute}}}"
            case {"Fn::Join": [separator, parts]}:
                return str(separator).join(self._spelled(part) for part in parts)
            case {"Fn::If": [condition, one, another]}:
                return f"{self._spelled(one)} where {condition}, else {self._spelled(another)}"
            case {"Fn::Select": [index, {"Fn::Split": [separator, whole]}]}:
                return f"${{part {index} of {self._spelled(whole)} at {separator}}}"
            case _:
                return None

    def _named(self, logical_id: str) -> str:
        resource = self.template["Resources"].get(logical_id)
        return self._path(resource) if resource else logical_id


@dataclass(frozen=True, slots=True)
class Assembly:
    """The stacks of the app by their names."""

    stacks: Mapping[str, Synthesized]

    @property
    def audit(self) -> Synthesized:
        """Return the audit stack."""
        return self.stacks["RegionProof"]

    @property
    def member_role(self) -> Synthesized:
        """Return the member role stack. Raises ``KeyError`` if the settings ask for none."""
        return self.stacks["RegionProofMemberRole"]


def synthesize(settings: Settings, outdir: Path, region: str | None = None) -> Assembly:
    """Synthesize the app as cdk.json runs it, but without putting the function's zip together.

    Without a Region the templates are those for every environment, as the app makes them.
    """
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = App(
        context=context | CONTEXT_OF_THE_CLI,
        analytics_reporting=False,
        outdir=str(outdir),
        # Loading it takes most of the time of a synth. `test_app` runs with it, and cfn-lint sees these templates.
        builtin_cloud_formation_validation=False,
    )
    scope = Stage(app, region, env=Environment(region=region)) if region else app
    compose(scope, settings)
    assembly = app.synth().get_nested_assembly(f"assembly-{region}") if region else app.synth()
    return Assembly({stack.node.id: _synthesized(stack, assembly) for stack in _stacks_in(scope)})


def _stacks_in(scope: Construct) -> list[Stack]:
    return [child for child in scope.node.children if isinstance(child, Stack)]


def _synthesized(stack: Stack, assembly: CloudAssembly) -> Synthesized:
    artifact = assembly.get_stack_artifact(stack.artifact_id)
    return Synthesized(stack, artifact.template, tuple(str(message.entry.data) for message in artifact.messages))


def stack_set_template(audit: Synthesized) -> dict[str, Any]:
    """Return the template that the audit stack's StackSet rolls out."""
    template: dict[str, Any] = json.loads(audit.properties("RollOut/StackSet")["TemplateBody"])
    return template


def rights(role: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return every (action, resource) that a role's inline policies allow; a condition stands after the resource."""
    statements = [s for policy in role.get("Policies", ()) for s in policy["PolicyDocument"]["Statement"]]
    assert all(statement.keys() <= {"Action", "Condition", "Effect", "Resource"} for statement in statements)
    assert {statement["Effect"] for statement in statements} <= {"Allow"}
    return {
        (action, f"{resource}{_condition(statement)}")
        for statement in statements
        for action in _as_list(statement["Action"])
        for resource in _as_list(statement["Resource"])
    }


def _condition(statement: Mapping[str, Any]) -> str:
    return "".join(
        f" if {key} {kind} {value}"
        for kind, keys in statement.get("Condition", {}).items()
        for key, value in keys.items()
    )


def _as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
