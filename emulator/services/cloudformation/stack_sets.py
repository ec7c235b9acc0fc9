"""The resource type AWS::CloudFormation::StackSet, with service-managed permissions.

Rules: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html. Every ACTIVE account
below the named organizational units gets an instance, except the management account.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.http import caller
from emulator.patching import PrivateName
from emulator.sample import RefusalReason
from emulator.services.cloudformation import stack_instances
from emulator.services.cloudformation.organizations_access import SERVICE_PRINCIPAL, may_deploy
from emulator.services.cloudformation.stack_set_properties import StackSetProperties, read_properties

if TYPE_CHECKING:
    from emulator.services.cloudformation.stack_instances import StackInstance
    from emulator.services.organizations.organization import Organization

    Properties = dict[str, Any]

TYPE = "AWS::CloudFormation::StackSet"

_log = logging.getLogger(__name__)


@dataclass
class StackSet:
    """A StackSet and its instances by account and Region."""

    properties: StackSetProperties
    instances: dict[tuple[str, str], StackInstance] = field(default_factory=dict)


class StackSets:
    """All StackSets by physical id. `refusals` names the accounts in which the deployed roles are deleted again."""

    def __init__(self, organization: Organization, refusals: dict[str, RefusalReason]) -> None:
        self._organization = organization
        self._refusals = refusals
        self._stack_sets: dict[str, StackSet] = {}
        organization.watchers.append(self.redeploy)

    def install(self) -> None:
        """Add the resource type to CloudFormation."""
        PrivateName.RESOURCE_HANDLERS.get()[TYPE] = {
            "create": self.create,
            "update": self.update,
            "delete": self.delete,
        }

    def clear(self) -> None:
        """Forget all StackSets. ministack clears the resources that they have created."""
        self._stack_sets.clear()

    def create(self, _logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
        """Create a StackSet and its instances. Raise ValueError to fail the stack."""
        stack_set_properties = read_properties(properties)
        self._require_permission(stack_set_properties)
        if self.find(stack_set_properties.name) is not None:
            message = f"{stack_set_properties.name} already exists"
            raise ValueError(message)
        stack_set_id = f"{stack_set_properties.name}:{uuid.uuid4()}"
        self._stack_sets[stack_set_id] = StackSet(stack_set_properties)
        try:
            self._deploy(self._stack_sets[stack_set_id])
        except ValueError:
            self.delete(stack_set_id, properties)
            raise
        return stack_set_id, {"StackSetId": stack_set_id}

    def update(
        self, stack_set_id: str, _old: Properties, properties: Properties, _stack: str
    ) -> tuple[str, Properties]:
        """Update a StackSet and its instances to new properties."""
        stack_set_properties = read_properties(properties)
        self._require_permission(stack_set_properties)
        stack_set = self._stack_sets[stack_set_id]
        stack_set.properties = stack_set_properties
        self._deploy(stack_set)
        return stack_set_id, {"StackSetId": stack_set_id}

    def delete(self, stack_set_id: str, _properties: Properties) -> None:
        """Delete a StackSet with all its instances."""
        stack_set = self._stack_sets.pop(stack_set_id, None)
        for instance in stack_set.instances.values() if stack_set else ():
            stack_instances.remove(instance)

    def find(self, name: str) -> tuple[str, StackSet] | None:
        """Return the id of a StackSet and the StackSet itself, by name or id."""
        for stack_set_id, stack_set in self._stack_sets.items():
            if name in {stack_set_id, stack_set.properties.name}:
                return stack_set_id, stack_set
        return None

    def may_operate(self, call_as: str) -> bool:
        """Return whether the caller may use StackSets: the management account, or a delegate with DELEGATED_ADMIN."""
        mine = caller.account_id()
        if call_as == "SELF":
            return mine == self._organization.management_account_id
        return self._organization.is_delegate(mine, SERVICE_PRINCIPAL)

    def redeploy(self) -> None:
        """Deploy the StackSets with AutoDeployment again after a change of the organization."""
        for stack_set in self._stack_sets.values():
            if stack_set.properties.auto_deployment:
                self._deploy_or_log(stack_set)

    def _require_permission(self, properties: StackSetProperties) -> None:
        organization = self._organization
        if not may_deploy(organization):
            message = "You must enable organizations access to operate a service managed stack set"
            raise ValueError(message)
        if not self.may_operate(properties.call_as):
            message = (
                "You must be the management account or delegated admin account of an organization "
                "before operating a SERVICE_MANAGED stack set"
            )
            raise ValueError(message)
        unknown = [unit for unit in properties.organizational_units if not organization.has_parent(unit)]
        if unknown:
            message = f"OrganizationalUnitIds {unknown} do not exist in the organization {organization.id}"
            raise ValueError(message)

    def _deploy_or_log(self, stack_set: StackSet) -> None:
        """Deploy, and only log a failure, which must not fail the change. On AWS the instance is then OUTDATED."""
        try:
            self._deploy(stack_set)
        except ValueError as error:
            _log.warning(
                "StackSet %s cannot follow the change of the organization: %s", stack_set.properties.name, error
            )

    def _deploy(self, stack_set: StackSet) -> None:
        properties = stack_set.properties
        targets = self._targets(properties)
        for target in [target for target in stack_set.instances if target not in targets]:
            instance = stack_set.instances.pop(target)
            if not properties.retain_on_removal:
                stack_instances.remove(instance)
        for account_id, region in targets:
            key = (account_id, region)
            if key not in stack_set.instances:
                stack_set.instances[key] = stack_instances.new_instance(properties.name, account_id, region)
            stack_instances.apply(stack_set.instances[key], properties.blueprint)
            self._delete_roles_if_refused(stack_set.instances[key])

    def _targets(self, properties: StackSetProperties) -> list[tuple[str, str]]:
        accounts = {
            account.id
            for unit in properties.organizational_units
            for account in self._organization.accounts_below(unit)
            if account.state == "ACTIVE" and account.id != self._organization.management_account_id
        }
        chosen = sorted(account_id for account_id in accounts if properties.chooses(account_id))
        return [(account_id, region) for account_id in chosen for region in properties.regions]

    def _delete_roles_if_refused(self, instance: StackInstance) -> None:
        """Delete the roles of an instance if the sample has them deleted in that account."""
        if self._refusals.get(instance.account_id) is not RefusalReason.NO_ROLE:
            return
        with PrivateName.REQUEST_SCOPE.get()(instance.account_id, instance.region):
            for resource in instance.resources.values():
                if resource["ResourceType"] == "AWS::IAM::Role":
                    PrivateName.IAM_ROLES.get().pop(resource["PhysicalResourceId"], None)
