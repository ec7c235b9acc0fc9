"""CloudFormation: read StackSets with DescribeStackSet and ListStackInstances."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from emulator.patching import PrivateName

if TYPE_CHECKING:
    from emulator.http.answers import Answer
    from emulator.services.cloudformation.stack_instances import StackInstance
    from emulator.services.cloudformation.stack_sets import StackSet, StackSets

    Parameters = dict[str, list[str]]
    Texts = dict[str, str]

_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


class StackSetReader:
    """The operations, for the management account and, with CallAs DELEGATED_ADMIN, for delegated administrators."""

    def __init__(self, stack_sets: StackSets) -> None:
        self._stack_sets = stack_sets

    def install(self) -> None:
        """Add the operations to CloudFormation."""
        actions = PrivateName.CLOUDFORMATION_ACTIONS.get()
        actions["DescribeStackSet"] = self.describe_stack_set
        actions["ListStackInstances"] = self.list_stack_instances

    def describe_stack_set(self, parameters: Parameters) -> Answer:
        """Describe one StackSet."""
        match = self._find(parameters)
        return _not_found(parameters) if match is None else _answer("DescribeStackSet", _describe(*match))

    def list_stack_instances(self, parameters: Parameters) -> Answer:
        """List the instances of one StackSet in one page."""
        match = self._find(parameters)
        if match is None:
            return _not_found(parameters)
        stack_set_id, stack_set = match
        account_id = _given(parameters, "StackInstanceAccount")
        summaries = ET.Element("Summaries")
        for instance in stack_set.instances.values():
            if account_id in {"", instance.account_id}:
                summaries.append(_summary(stack_set_id, instance))
        return _answer("ListStackInstances", summaries)

    def _find(self, parameters: Parameters) -> tuple[str, StackSet] | None:
        if not self._stack_sets.may_operate(_given(parameters, "CallAs") or "SELF"):
            return None
        return self._stack_sets.find(_given(parameters, "StackSetName"))


def _describe(stack_set_id: str, stack_set: StackSet) -> ET.Element:
    properties = stack_set.properties
    described = _element(
        "StackSet",
        {
            "StackSetId": stack_set_id,
            "StackSetName": properties.name,
            "Status": "ACTIVE",
            "PermissionModel": "SERVICE_MANAGED",
            "TemplateBody": properties.blueprint.template_body,
        },
    )
    deployment = {
        "Enabled": str(properties.auto_deployment).lower(),
        "RetainStacksOnAccountRemoval": str(properties.retain_on_removal).lower(),
    }
    described.append(_element("AutoDeployment", deployment))
    units = ET.SubElement(described, "OrganizationalUnitIds")
    for unit in properties.organizational_units:
        ET.SubElement(units, "member").text = unit
    return described


def _summary(stack_set_id: str, instance: StackInstance) -> ET.Element:
    summary = _element(
        "member",
        {
            "StackSetId": stack_set_id,
            "Account": instance.account_id,
            "Region": instance.region,
            "StackId": instance.stack_id,
            "Status": "CURRENT",
        },
    )
    summary.append(_element("StackInstanceStatus", {"DetailedStatus": "SUCCEEDED"}))
    return summary


def _element(name: str, texts: Texts) -> ET.Element:
    element = ET.Element(name)
    for child, text in texts.items():
        ET.SubElement(element, child).text = text
    return element


def _answer(operation: str, content: ET.Element) -> Answer:
    root = ET.Element(f"{operation}Response", xmlns=_NAMESPACE)
    ET.SubElement(root, f"{operation}Result").append(content)
    return 200, {"Content-Type": "text/xml"}, ET.tostring(root)


def _not_found(parameters: Parameters) -> Answer:
    root = ET.Element("ErrorResponse", xmlns=_NAMESPACE)
    message = f"StackSet {_given(parameters, 'StackSetName')} not found"
    error = {"Type": "Sender", "Code": "StackSetNotFoundException", "Message": message}
    root.append(_element("Error", error))
    return 404, {"Content-Type": "text/xml"}, ET.tostring(root)


def _given(parameters: Parameters, name: str) -> str:
    return (parameters.get(name) or [""])[0]
