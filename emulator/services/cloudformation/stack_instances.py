"""A stack instance: the resources of a StackSet's template in one account and Region."""

from __future__ import annotations

import copy
import uuid
from dataclasses import dataclass, field
from typing import Any

from emulator.patching import PrivateName


@dataclass(frozen=True)
class Blueprint:
    """The template and parameters of a StackSet, from which all its instances are created."""

    template_body: str
    parameters: tuple[tuple[str, str], ...]


@dataclass
class StackInstance:
    """An instance with its resources by logical id, in the form that ministack's engine expects."""

    account_id: str
    region: str
    stack_name: str
    stack_id: str
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)


def new_instance(stack_set_name: str, account_id: str, region: str) -> StackInstance:
    """Return a new instance without resources, with a stack name like those of StackSets."""
    name = f"StackSet-{stack_set_name}-{uuid.uuid4()}"
    arn = f"arn:aws:cloudformation:{region}:{account_id}:stack/{name}/{uuid.uuid4()}"
    return StackInstance(account_id, region, name, arn)


def apply(instance: StackInstance, blueprint: Blueprint) -> None:
    """Create or update the resources of an instance. Raise ValueError where CloudFormation would fail."""
    template = PrivateName.PARSE_TEMPLATE.get()(blueprint.template_body)
    given = [{"Key": name, "Value": value} for name, value in blueprint.parameters]
    with PrivateName.REQUEST_SCOPE.get()(instance.account_id, instance.region):
        parameters = PrivateName.RESOLVE_PARAMETERS.get()(template, given)
        conditions = PrivateName.EVALUATE_CONDITIONS.get()(template, parameters)
        order = PrivateName.IN_ORDER_OF_DEPENDENCY.get()(template["Resources"], conditions)
        for logical_id in order:
            definition = template["Resources"][logical_id]
            properties = _resolved(instance, definition, template, (parameters, conditions))
            _put(instance, logical_id, definition["Type"], properties)
        for logical_id in [name for name in instance.resources if name not in order]:
            _drop(instance, logical_id)


def remove(instance: StackInstance) -> None:
    """Delete the resources of an instance in reverse order. A missing resource is not a failure."""
    with PrivateName.REQUEST_SCOPE.get()(instance.account_id, instance.region):
        for logical_id in reversed(list(instance.resources)):
            _drop(instance, logical_id)


def _resolved(
    instance: StackInstance, definition: dict[str, Any], template: dict[str, Any], values: tuple[Any, Any]
) -> dict[str, Any]:
    resolved = PrivateName.RESOLVE_REFERENCES.get()(
        copy.deepcopy(definition.get("Properties", {})),
        instance.resources,
        *values,
        template.get("Mappings", {}),
        instance.stack_name,
        instance.stack_id,
    )
    no_value = PrivateName.NO_VALUE.get()
    return {name: value for name, value in resolved.items() if value is not no_value}


def _put(instance: StackInstance, logical_id: str, kind: str, properties: dict[str, Any]) -> None:
    existing = instance.resources.get(logical_id)
    if existing is None:
        _require_new_name(kind, properties)
        created = PrivateName.PROVISION.get()(kind, logical_id, properties, instance.stack_name)
    else:
        created = PrivateName.UPDATE.get()(
            kind,
            existing["PhysicalResourceId"],
            existing["Properties"],
            properties,
            instance.stack_name,
            logical_id,
            existing["Attributes"],
        )
    instance.resources[logical_id] = {
        "PhysicalResourceId": created[0],
        "Attributes": created[1],
        "ResourceType": kind,
        "Properties": properties,
    }


def _require_new_name(kind: str, properties: dict[str, Any]) -> None:
    """Refuse a role whose name is taken. ministack would overwrite that role."""
    name = properties.get("RoleName")
    if kind == "AWS::IAM::Role" and name in PrivateName.IAM_ROLES.get():
        message = f"Resource of type '{kind}' with identifier '{name}' already exists."
        raise ValueError(message)


def _drop(instance: StackInstance, logical_id: str) -> None:
    resource = instance.resources.pop(logical_id)
    PrivateName.DELETE.get()(
        resource["ResourceType"],
        resource["PhysicalResourceId"],
        resource["Properties"],
        instance.stack_name,
        logical_id,
    )
