"""IAM's central root access: list, enable and disable its features for the organization.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html. Errors and the order of the features
are recorded (tests/recordings: root_features_*, enable_root_credentials_management). The rights of a delegated
administrator are recorded in testdata/aws/iam/root_sessions.json of radkawar/stackd at 9dc356f5. Only the management
account may enable a feature. The delegated administrator of IAM may list and disable features. Changes take effect at
once; on AWS, STS followed up to three minutes later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.http import caller, query_protocol
from emulator.http.answers import Answer, Refusal
from emulator.patching import PrivateName
from emulator.services.sts.task_policies import FEATURES, ROOT_CREDENTIALS_MANAGEMENT, ROOT_SESSIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.services.organizations.organization import Organization

SERVICE_PRINCIPAL = "iam.amazonaws.com"


class RootAccess:
    """IAM's operations on the features of one organization."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization

    def install(self) -> None:
        """Add the operations to IAM."""
        handlers = PrivateName.IAM_HANDLERS.get()
        operations: dict[str, Callable[[], None]] = {
            "ListOrganizationsFeatures": lambda: None,
            "EnableOrganizationsRootCredentialsManagement": lambda: self._enable(ROOT_CREDENTIALS_MANAGEMENT),
            "EnableOrganizationsRootSessions": lambda: self._enable(ROOT_SESSIONS),
            "DisableOrganizationsRootCredentialsManagement": lambda: self._disable(ROOT_CREDENTIALS_MANAGEMENT),
            "DisableOrganizationsRootSessions": lambda: self._disable(ROOT_SESSIONS),
        }
        for name, operation in operations.items():
            handlers[name] = self._handler(name, operation)

    def _handler(self, name: str, change: Callable[[], None]) -> Callable[[Any], Answer]:
        def answer(_parameters: object) -> Answer:
            try:
                self._require_authority()
                change()
            except Refusal as refusal:
                return query_protocol.refused("iam", refusal)
            enabled = [feature for feature in FEATURES if feature in self._organization.root_features]
            content = {"OrganizationId": self._organization.id, "EnabledFeatures": enabled}
            return query_protocol.success("iam", name, content)

        return answer

    def _require_authority(self) -> None:
        mine, organization = caller.account_id(), self._organization
        if mine not in organization.accounts:
            message = f"Organization not found for input account {mine}."
            raise Refusal("OrganizationNotFoundException", message)
        if SERVICE_PRINCIPAL not in organization.trusted_access:
            message = f"Trusted Access for IAM not enabled by organization of input account {mine}."
            raise Refusal("ServiceAccessNotEnabledException", message)
        if mine != organization.management_account_id and not organization.is_delegate(mine, SERVICE_PRINCIPAL):
            message = f"Input account {mine} is neither management account nor delegated admin."
            raise Refusal("AccountNotManagementOrDelegatedAdministratorException", message)

    def _enable(self, feature: str) -> None:
        mine = caller.account_id()
        if mine != self._organization.management_account_id:
            message = (
                f"Caller account {mine} is not management account of the organization and cannot enable IAM features."
            )
            raise Refusal("CallerIsNotManagementAccountException", message)
        self._organization.root_features.add(feature)

    def _disable(self, feature: str) -> None:
        self._organization.root_features.discard(feature)
