"""CloudFormation's Organizations access, which StackSets with service-managed permissions need.

The operations are ActivateOrganizationsAccess, DeactivateOrganizationsAccess and DescribeOrganizationsAccess.
Activation also gives CloudFormation trusted access in Organizations. Deactivation removes it, and is refused while
there are delegated administrators. Trusted access alone is not enough for a StackSet:
https://github.com/pepperize/cdk-organizations/issues/1718.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from emulator.http import caller
from emulator.patching import PrivateName
from emulator.services.organizations.organization import ALL_FEATURES

if TYPE_CHECKING:
    from emulator.http.answers import Answer
    from emulator.services.organizations.organization import Organization

    Parameters = dict[str, list[str]]

SERVICE_PRINCIPAL = "member.org.stacksets.cloudformation.amazonaws.com"
_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


class OrganizationsAccess:
    """The three operations. A delegated administrator may only describe, with CallAs DELEGATED_ADMIN."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization

    def install(self) -> None:
        """Add the operations to CloudFormation."""
        actions = PrivateName.CLOUDFORMATION_ACTIONS.get()
        actions["ActivateOrganizationsAccess"] = self.activate
        actions["DeactivateOrganizationsAccess"] = self.deactivate
        actions["DescribeOrganizationsAccess"] = self.describe

    def activate(self, _parameters: Parameters) -> Answer:
        """Activate Organizations access, with trusted access."""
        if not self._is_management_account() or self._organization.feature_set != ALL_FEATURES:
            return _refused("ActivateOrganizationsAccess")
        self._organization.trusted_access.setdefault(SERVICE_PRINCIPAL, time.time())
        self._organization.stack_sets_activated = True
        return _answer("ActivateOrganizationsAccess")

    def deactivate(self, _parameters: Parameters) -> Answer:
        """Deactivate Organizations access, with trusted access."""
        if not self._is_management_account():
            return _refused("DeactivateOrganizationsAccess")
        if any(SERVICE_PRINCIPAL in services for services in self._organization.delegated_administrators.values()):
            return _error("You must deregister all delegated administrators before you deactivate organizations access")
        self._organization.trusted_access.pop(SERVICE_PRINCIPAL, None)
        self._organization.stack_sets_activated = False
        return _answer("DeactivateOrganizationsAccess")

    def describe(self, parameters: Parameters) -> Answer:
        """Return whether Organizations access is ENABLED or DISABLED."""
        call_as = (parameters.get("CallAs") or ["SELF"])[0]
        is_delegate = self._organization.is_delegate(caller.account_id(), SERVICE_PRINCIPAL)
        if not (is_delegate if call_as == "DELEGATED_ADMIN" else self._is_management_account()):
            return _refused("DescribeOrganizationsAccess")
        status = ET.Element("Status")
        status.text = "ENABLED" if may_deploy(self._organization) else "DISABLED"
        return _answer("DescribeOrganizationsAccess", status)

    def _is_management_account(self) -> bool:
        return caller.account_id() == self._organization.management_account_id


def may_deploy(organization: Organization) -> bool:
    """Return whether service-managed StackSets may deploy: access is activated, trusted access and all features on."""
    has_all = organization.feature_set == ALL_FEATURES
    return has_all and organization.stack_sets_activated and SERVICE_PRINCIPAL in organization.trusted_access


def _answer(operation: str, *content: ET.Element) -> Answer:
    root = ET.Element(f"{operation}Response", xmlns=_NAMESPACE)
    ET.SubElement(root, f"{operation}Result").extend(content)
    return 200, {"Content-Type": "text/xml"}, ET.tostring(root)


def _refused(operation: str) -> Answer:
    """Refuse a caller without the authority, or an organization without all features. The message is not AWS's."""
    return _error(
        f"{operation} is for the management account or a delegated administrator of an organization with all features"
    )


def _error(message: str) -> Answer:
    """Refuse. The messages are ours, not AWS's."""
    root = ET.Element("ErrorResponse", xmlns=_NAMESPACE)
    error = ET.SubElement(root, "Error")
    for name, text in {"Type": "Sender", "Code": "InvalidOperationException", "Message": message}.items():
        ET.SubElement(error, name).text = text
    return 400, {"Content-Type": "text/xml"}, ET.tostring(root)
