"""Look at where the member role is rolled out to: for a person before a deployment, never in a run.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackInstances.html
https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganizationalUnit.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from regionproof.domain.setup import AT_WORK, CALL_AS, NO_INSTANCE, NO_STACK_SET, STACK_SET, Names, RollOut

from .failures import READ_FAILURES, code_and_message, unread
from .names import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regionproof.domain.accounts import Account
    from regionproof.settings.shape import Deployment

_UNDER_WAY = frozenset({"PENDING", "RUNNING"})


@dataclass(frozen=True, slots=True)
class RollOutReading:
    """Reads roots and units of the organization, and the instances of the StackSet in the caller's Region.

    The clients are the caller's own, and need rights that the audit's function does not have.
    """

    organizations: Any
    cloudformation: Any

    def roots(self) -> Names:
        """Return the ids of the organization's roots."""
        pages = self.organizations.get_paginator("list_roots")
        return names("organizations:ListRoots", lambda: (r["Id"] for page in pages.paginate() for r in page["Roots"]))

    def units(self, targets: tuple[str, ...]) -> Names:
        """Return which of the targets are organizational units of the organization: one call for each that may be."""
        units = [target for target in targets if target.startswith("ou-")]
        return names("organizations:DescribeOrganizationalUnit", lambda: filter(self._is_there, units))

    def _is_there(self, unit: str) -> bool:
        try:
            described = self.organizations.describe_organizational_unit(OrganizationalUnitId=unit)
        except ClientError as failure:
            if code_and_message(failure)[0] == "OrganizationalUnitNotFoundException":
                return False
            raise
        return bool(described["OrganizationalUnit"]["Id"] == unit)

    def roll_out(self, account: Account, deployment: Deployment) -> RollOut:
        """Return what the StackSet says of an account."""
        pages = self.cloudformation.get_paginator("list_stack_instances").paginate(
            StackSetName=STACK_SET, StackInstanceAccount=account.id, CallAs=CALL_AS[deployment.account]
        )
        try:
            instances = [instance for page in pages for instance in page["Summaries"]]
        except READ_FAILURES as failure:
            if code_and_message(failure)[0] == "StackSetNotFoundException":
                return RollOut(account, NO_STACK_SET)
            return RollOut(account, unread("cloudformation:ListStackInstances", failure))
        return _best([_of(account, instance) for instance in instances]) or RollOut(account, NO_INSTANCE)


def _of(account: Account, instance: Mapping[str, Any]) -> RollOut:
    detail = instance.get("StackInstanceStatus", {}).get("DetailedStatus")
    status = AT_WORK if detail in _UNDER_WAY else instance.get("Status", "of no status")
    return RollOut(account, status, instance.get("StatusReason", ""))


def _best(found: list[RollOut]) -> RollOut | None:
    """Return the instance that is the most use: roles are global, so one in any Region will do."""
    return next((one for one in found if one.status == "CURRENT"), found[0] if found else None)
