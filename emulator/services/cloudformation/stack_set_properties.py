"""Read and check the properties of an AWS::CloudFormation::StackSet as CloudFormation does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emulator.patching import PrivateName
from emulator.services.cloudformation.stack_instances import Blueprint

_NAMES = ("RoleName", "UserName", "GroupName", "ManagedPolicyName", "InstanceProfileName")
_ACKNOWLEDGED = {"CAPABILITY_NAMED_IAM"}


@dataclass(frozen=True)
class StackSetProperties:
    """The properties that the overlay uses."""

    name: str
    blueprint: Blueprint
    organizational_units: tuple[str, ...]
    regions: tuple[str, ...]
    accounts: frozenset[str]
    account_filter: str
    call_as: str
    auto_deployment: bool
    retain_on_removal: bool

    def chooses(self, account_id: str) -> bool:
        """Return whether AccountFilterType keeps an account below the units as a target."""
        if self.account_filter == "INTERSECTION":
            return account_id in self.accounts
        if self.account_filter == "DIFFERENCE":
            return account_id not in self.accounts
        return True


def read_properties(properties: dict[str, Any]) -> StackSetProperties:
    """Read and check the properties. Raise ValueError with CloudFormation's reason."""
    if properties.get("PermissionModel") != "SERVICE_MANAGED":
        message = "The local emulator supports only StackSets with PermissionModel SERVICE_MANAGED"
        raise ValueError(message)
    auto_deployment = properties.get("AutoDeployment")
    if auto_deployment is None:
        message = "AutoDeployment must be specified for a SERVICE_MANAGED stack set"
        raise ValueError(message)
    body = _template_body(properties)
    _require_capabilities(body, set(properties.get("Capabilities", ())))
    group = _the_one_group(properties)
    targets = group["DeploymentTargets"]
    return StackSetProperties(
        name=properties["StackSetName"],
        blueprint=Blueprint(body, _parameters(properties)),
        organizational_units=tuple(targets.get("OrganizationalUnitIds", ())),
        regions=tuple(group["Regions"]),
        accounts=frozenset(targets.get("Accounts", ())),
        account_filter=targets.get("AccountFilterType", "NONE"),
        call_as=properties.get("CallAs", "SELF"),
        auto_deployment=_true(auto_deployment.get("Enabled")),
        retain_on_removal=_true(auto_deployment.get("RetainStacksOnAccountRemoval")),
    )


def _the_one_group(properties: dict[str, Any]) -> dict[str, Any]:
    groups = properties.get("StackInstancesGroup", [])
    if len(groups) != 1:
        message = f"The local emulator supports only StackSets with one StackInstancesGroup, not {len(groups)}"
        raise ValueError(message)
    group: dict[str, Any] = groups[0]
    if not group.get("DeploymentTargets", {}).get("OrganizationalUnitIds"):
        message = "OrganizationalUnitIds are required for a SERVICE_MANAGED stack set"
        raise ValueError(message)
    if not group.get("Regions"):
        message = "Regions must not be empty"
        raise ValueError(message)
    return group


def _parameters(properties: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((entry["ParameterKey"], str(entry["ParameterValue"])) for entry in properties.get("Parameters", ()))


def _template_body(properties: dict[str, Any]) -> str:
    given = {name: [properties[name]] for name in ("TemplateBody", "TemplateURL") if properties.get(name)}
    body, failure = PrivateName.RESOLVE_TEMPLATE.get()(given)
    if failure or not body:
        message = "TemplateBody or TemplateURL is required, and must be readable"
        raise ValueError(message)
    return str(body)


def _require_capabilities(body: str, acknowledged: set[str]) -> None:
    resources = PrivateName.PARSE_TEMPLATE.get()(body).get("Resources", {}).values()
    iam = [resource for resource in resources if resource["Type"].startswith("AWS::IAM::")]
    named = any(name in resource.get("Properties", {}) for resource in iam for name in _NAMES)
    needed = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    if iam and not acknowledged & {needed, *_ACKNOWLEDGED}:
        message = f"Requires capabilities : [{needed}]"
        raise ValueError(message)


def _true(value: object) -> bool:
    return str(value).lower() == "true"
