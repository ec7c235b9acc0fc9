"""AWS Organizations: trusted access and delegated administrators.

Rules and reasons: https://docs.aws.amazon.com/organizations/latest/APIReference/API_RegisterDelegatedAdministrator.html.
The messages for SERVICE_ACCESS_NOT_ENABLED and for a suspended account are ours, not AWS's.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from emulator.http.answers import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.services.organizations.organization import Organization

    Payload = dict[str, Any]

_SERVICE_PRINCIPAL = re.compile(r"[a-z0-9.-]+\.amazonaws\.com")


class OrganizationsDelegator:
    """The operations on trusted access and delegated administrators."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization

    def operations(self) -> dict[str, Callable[[Payload], Payload]]:
        """Return the operations by name. Only the management account may call them."""
        return {
            "DeregisterDelegatedAdministrator": self.deregister_delegated_administrator,
            "DisableAWSServiceAccess": self.disable_service_access,
            "EnableAWSServiceAccess": self.enable_service_access,
            "RegisterDelegatedAdministrator": self.register_delegated_administrator,
        }

    def enable_service_access(self, payload: Payload) -> Payload:
        """Enable trusted access for a service."""
        self._organization.require_all_features()
        self._organization.trusted_access.setdefault(_service(payload), time.time())
        return {}

    def disable_service_access(self, payload: Payload) -> Payload:
        """Disable trusted access for a service, unless it has a delegated administrator."""
        service = _service(payload)
        if any(service in services for services in self._organization.delegated_administrators.values()):
            raise _violation(
                "You have delegated administrator/s for this service. De-register them in order to disable service "
                "access.",
                "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
            )
        self._organization.trusted_access.pop(service, None)
        return {}

    def register_delegated_administrator(self, payload: Payload) -> Payload:
        """Register a member as the delegated administrator of a service with trusted access."""
        self._organization.require_all_features()
        account_id, service = payload["AccountId"], _service(payload)
        self._require_eligible(account_id)
        if service not in self._organization.trusted_access:
            raise _violation(
                f"You must enable service access for {service} before you register a delegated administrator.",
                "SERVICE_ACCESS_NOT_ENABLED",
            )
        services = self._organization.delegated_administrators.setdefault(account_id, {})
        if service in services:
            raise Refusal(
                "AccountAlreadyRegisteredException",
                "The provided account is already a delegated administrator for your organization.",
            )
        services[service] = time.time()
        return {}

    def deregister_delegated_administrator(self, payload: Payload) -> Payload:
        """End a member's delegation for a service."""
        account_id = self._organization.require_account(payload["AccountId"]).id
        services = self._organization.delegated_administrators.get(account_id, {})
        if services.pop(_service(payload), None) is None:
            raise not_registered()
        return {}

    def _require_eligible(self, account_id: str) -> None:
        if account_id == self._organization.management_account_id:
            raise _violation(
                "You cannot register master account/yourself as delegated administrator for your organization.",
                "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
            )
        if self._organization.require_account(account_id).state != "ACTIVE":
            raise _violation(
                "You cannot register a suspended account as delegated administrator.",
                "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
            )


def not_registered() -> Refusal:
    """Build the refusal of an account that is not a delegated administrator."""
    return Refusal(
        "AccountNotRegisteredException",
        "The provided account is not a registered delegated administrator for your organization.",
    )


def _service(payload: Payload) -> str:
    principal = str(payload["ServicePrincipal"])
    if not _SERVICE_PRINCIPAL.fullmatch(principal):
        message = "You specified an unrecognized service principal."
        raise Refusal("InvalidInputException", message, Reason="UNRECOGNIZED_SERVICE_PRINCIPAL")
    return principal


def _violation(message: str, reason: str) -> Refusal:
    return Refusal("ConstraintViolationException", message, Reason=reason)
