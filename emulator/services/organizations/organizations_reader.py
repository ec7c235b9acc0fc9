"""AWS Organizations: the operations that only read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.http import caller
from emulator.http.answers import Refusal
from emulator.services.organizations.organizations_delegator import not_registered
from emulator.services.organizations.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.services.organizations.organization import Account, Organization

    Payload = dict[str, Any]


class OrganizationsReader:
    """The operations that read one organization.

    With blank_pages, ListAccounts sends an empty page with a NextToken after its first page, as AWS may do.
    `account_lacks` names members to leave out of accounts: AWS has added Paths and State, and will remove Status.
    """

    def __init__(self, organization: Organization, *, blank_pages: bool, account_lacks: frozenset[str]) -> None:
        self._organization = organization
        self._blank_pages = blank_pages
        self._account_lacks = account_lacks

    def operations(self) -> dict[str, Callable[[Payload], Payload]]:
        """Return the operations by name. The management account and delegated administrators may call them."""
        return {
            "DescribeAccount": self.describe_account,
            "DescribeCreateAccountStatus": self.describe_create_account_status,
            "DescribeOrganizationalUnit": self.describe_organizational_unit,
            "ListAccounts": self.list_accounts,
            "ListAccountsForParent": self.list_accounts_for_parent,
            "ListAWSServiceAccessForOrganization": self.list_service_access,
            "ListDelegatedAdministrators": self.list_delegated_administrators,
            "ListDelegatedServicesForAccount": self.list_delegated_services,
            "ListOrganizationalUnitsForParent": self.list_organizational_units_for_parent,
            "ListParents": self.list_parents,
            "ListRoots": self.list_roots,
        }

    def describe_organization(self, _payload: Payload) -> Payload:
        """Describe the organization. Any of its accounts may call this."""
        return {"Organization": self._organization.describe()}

    def describe_effective_policy(self, payload: Payload) -> Payload:
        """Describe the policy on Security Hub CSPM that applies to the caller's account; any account may ask."""
        kind = payload["PolicyType"]
        if kind != "SECURITYHUB_CSPM_POLICY" or not self._organization.hub_policy:
            message = "The account does not have an effective policy of this type."
            raise Refusal("EffectivePolicyNotFoundException", message)
        content = self._organization.hub_policy
        return {"EffectivePolicy": {"PolicyContent": content, "PolicyType": kind, "TargetId": caller.account_id()}}

    def describe_account(self, payload: Payload) -> Payload:
        """Describe one account."""
        return {"Account": self._describe(self._organization.require_account(payload["AccountId"]))}

    def describe_organizational_unit(self, payload: Payload) -> Payload:
        """Describe one organizational unit."""
        unit = self._organization.units.get(payload["OrganizationalUnitId"])
        if unit is None:
            raise Refusal("OrganizationalUnitNotFoundException", "You specified an OU that doesn't exist.")
        return {"OrganizationalUnit": self._organization.describe_unit(unit)}

    def list_roots(self, payload: Payload) -> Payload:
        """List the root."""
        root_id = self._organization.root_id
        root = {
            "Id": root_id,
            "Arn": self._organization.arn("root", root_id),
            "Name": "Root",
            "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
        }
        return page("ListRoots", "Roots", [root], payload)

    def list_accounts(self, payload: Payload) -> Payload:
        """List all accounts, in any state."""
        accounts = [self._describe(account) for account in self._organization.accounts.values()]
        return page("ListAccounts", "Accounts", accounts, payload, blank_pages=self._blank_pages)

    def list_accounts_for_parent(self, payload: Payload) -> Payload:
        """List the accounts directly in the root or an organizational unit."""
        parent = self._organization.require_parent(payload["ParentId"])
        accounts = [
            self._describe(account) for account in self._organization.accounts.values() if account.parent == parent
        ]
        return page(f"ListAccountsForParent/{parent}", "Accounts", accounts, payload)

    def list_organizational_units_for_parent(self, payload: Payload) -> Payload:
        """List the organizational units directly in the root or an organizational unit."""
        parent = self._organization.require_parent(payload["ParentId"])
        units = [
            self._organization.describe_unit(unit)
            for unit in self._organization.units.values()
            if unit.parent == parent
        ]
        return page(f"ListOrganizationalUnitsForParent/{parent}", "OrganizationalUnits", units, payload)

    def list_parents(self, payload: Payload) -> Payload:
        """List the parent of an account or organizational unit."""
        child = payload["ChildId"]
        node = self._organization.accounts.get(child) or self._organization.units.get(child)
        if node is None:
            raise Refusal("ChildNotFoundException", "You specified a child that doesn't exist.")
        kind = "ROOT" if node.parent == self._organization.root_id else "ORGANIZATIONAL_UNIT"
        return {"Parents": [{"Id": node.parent, "Type": kind}]}

    def list_service_access(self, payload: Payload) -> Payload:
        """List the services with trusted access."""
        services = [
            {"ServicePrincipal": name, "DateEnabled": enabled}
            for name, enabled in self._organization.trusted_access.items()
        ]
        return page("ListAWSServiceAccessForOrganization", "EnabledServicePrincipals", services, payload)

    def list_delegated_administrators(self, payload: Payload) -> Payload:
        """List the delegated administrators of one service or of all."""
        service = payload.get("ServicePrincipal")
        listed = []
        for account_id, services in self._organization.delegated_administrators.items():
            if services if service is None else service in services:
                shape = self._describe(self._organization.require_account(account_id))
                shape.pop("Paths", None)
                listed.append({**shape, "DelegationEnabledDate": min(services.values())})
        return page(f"ListDelegatedAdministrators/{service}", "DelegatedAdministrators", listed, payload)

    def list_delegated_services(self, payload: Payload) -> Payload:
        """List the services that an account administers."""
        account_id = self._organization.require_account(payload["AccountId"]).id
        services = self._organization.delegated_administrators.get(account_id)
        if not services:
            raise not_registered()
        listed = [{"ServicePrincipal": name, "DelegationEnabledDate": enabled} for name, enabled in services.items()]
        return page(f"ListDelegatedServicesForAccount/{account_id}", "DelegatedServices", listed, payload)

    def describe_create_account_status(self, payload: Payload) -> Payload:
        """Return the status of a CreateAccount request, which is always SUCCEEDED."""
        request = payload["CreateAccountRequestId"]
        account_id = self._organization.creations.get(request)
        if account_id is None:
            raise Refusal("CreateAccountStatusNotFoundException", "We can't find a request with that id.")
        status = {"Id": request, "State": "SUCCEEDED", "AccountId": account_id}
        return {"CreateAccountStatus": {**status, "AccountName": self._organization.require_account(account_id).name}}

    def _describe(self, account: Account) -> Payload:
        shape = self._organization.describe_account(account)
        return {name: value for name, value in shape.items() if name not in self._account_lacks}
