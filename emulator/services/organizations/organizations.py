"""AWS Organizations: check who may call each operation.

https://docs.aws.amazon.com/organizations/latest/APIReference/ states for each operation whether any account may call
it, or only the management account and delegated administrators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.http import caller
from emulator.http.answers import JSON_1_1, Answer, Refusal, refused, success
from emulator.patching import PrivateName
from emulator.services.organizations.organizations_changer import OrganizationsChanger
from emulator.services.organizations.organizations_delegator import OrganizationsDelegator

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.services.organizations.organization import Organization
    from emulator.services.organizations.organizations_reader import OrganizationsReader

    Payload = dict[str, Any]
    Operation = Callable[[Payload], Payload]


class Organizations:
    """The service for one organization."""

    def __init__(self, organization: Organization, reader: OrganizationsReader) -> None:
        self._organization = organization
        self._reader = reader
        self._changes = {
            **OrganizationsChanger(organization).operations(),
            **OrganizationsDelegator(organization).operations(),
        }

    def install(self) -> None:
        """Replace the whole service. ministack has one organization per caller."""
        dispatch = PrivateName.ORGANIZATIONS_DISPATCH.get()
        dispatch.clear()
        anyone = {
            "DescribeEffectivePolicy": self._reader.describe_effective_policy,
            "DescribeOrganization": self._reader.describe_organization,
        }
        for check, operations in (
            (self._in_organization, anyone),
            (self._management_or_delegate, self._reader.operations()),
            (self._management, self._changes),
        ):
            for name, operation in operations.items():
                dispatch[name] = _called_by(check, operation)

    def _in_organization(self) -> None:
        if caller.account_id() not in self._organization.accounts:
            message = "Your account is not a member of an organization."
            raise Refusal("AWSOrganizationsNotInUseException", message)

    def _management_or_delegate(self) -> None:
        self._in_organization()
        mine = caller.account_id()
        if mine != self._organization.management_account_id and not self._organization.is_delegate(mine):
            raise _no_permission()

    def _management(self) -> None:
        self._in_organization()
        if caller.account_id() != self._organization.management_account_id:
            raise _no_permission()


def _called_by(check: Callable[[], None], operation: Operation) -> Callable[[Payload], Answer]:
    def answer(payload: Payload) -> Answer:
        try:
            check()
            return success(operation(payload), JSON_1_1)
        except KeyError as error:
            message = f"The request lacks the parameter {error}."
            return refused(Refusal("InvalidInputException", message, Reason="INPUT_REQUIRED"), JSON_1_1)
        except Refusal as refusal:
            return refused(refusal, JSON_1_1)

    return answer


def _no_permission() -> Refusal:
    return Refusal("AccessDeniedException", "You don't have permissions to access this resource.")
