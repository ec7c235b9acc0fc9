"""AWS Organizations: the operations that change the tree and its accounts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from emulator.http.answers import Refusal
from emulator.services.organizations.organization import Account, Organization, OrganizationalUnit

if TYPE_CHECKING:
    from collections.abc import Callable

    Payload = dict[str, Any]


class OrganizationsChanger:
    """The operations that change the tree and the accounts of one organization."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization

    def operations(self) -> dict[str, Callable[[Payload], Payload]]:
        """Return the operations by name. Only the management account may call them."""
        return {
            "CloseAccount": self.close_account,
            "CreateAccount": self.create_account,
            "CreateOrganizationalUnit": self.create_organizational_unit,
            "MoveAccount": self.move_account,
        }

    def create_account(self, payload: Payload) -> Payload:
        """Create an account in the root. DescribeCreateAccountStatus returns its id."""
        organization = self._organization
        account_id = f"9{len(organization.creations) + 1:011d}"
        request = f"car-{len(organization.creations) + 1:032x}"
        organization.accounts[account_id] = Account(account_id, payload["AccountName"], organization.root_id)
        organization.creations[request] = account_id
        organization.notify_watchers()
        status = {"Id": request, "State": "IN_PROGRESS", "AccountName": payload["AccountName"]}
        return {"CreateAccountStatus": {**status, "RequestedTimestamp": time.time()}}

    def move_account(self, payload: Payload) -> Payload:
        """Move an account below another parent."""
        account = self._organization.require_account(payload["AccountId"])
        source, destination = payload["SourceParentId"], payload["DestinationParentId"]
        if account.parent != source:
            raise Refusal("SourceParentNotFoundException", "You specified a source parent that doesn't exist.")
        if not self._organization.has_parent(destination):
            raise Refusal(
                "DestinationParentNotFoundException", "You specified a destination parent that doesn't exist."
            )
        account.parent = destination
        self._organization.notify_watchers()
        return {}

    def close_account(self, payload: Payload) -> Payload:
        """Close an account. It is suspended at once; on AWS that takes minutes."""
        account = self._organization.require_account(payload["AccountId"])
        if account.state != "ACTIVE":
            raise Refusal("AccountAlreadyClosedException", "The account is already closed.")
        account.state = "SUSPENDED"
        self._organization.notify_watchers()
        return {}

    def create_organizational_unit(self, payload: Payload) -> Payload:
        """Create an organizational unit."""
        parent = self._organization.require_parent(payload["ParentId"])
        number = len(self._organization.units) + 1
        unit_id = f"ou-{self._organization.root_id.removeprefix('r-')}-created{number:03d}"
        unit = OrganizationalUnit(unit_id, payload["Name"], parent)
        self._organization.units[unit_id] = unit
        return {"OrganizationalUnit": self._organization.describe_unit(unit)}
