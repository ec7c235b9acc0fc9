"""Look at where the member role is rolled out to: for a person before a deployment, never in a run.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackInstances.html
https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganizationalUnit.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regionproof.domain.access import STACK_SET
from regionproof.errors import UnexpectedAnswer
from regionproof.preflight.observed import AT_WORK, CALL_AS, NO_INSTANCE, NO_STACK_SET, Names, StackSetStatus

from .calls import CallFailed, ask, listed, unread
from .name_listing import names

if TYPE_CHECKING:
    from regionproof.answers import Answer
    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import ReadFailure
    from regionproof.settings.shape import Deployment

ACTIONS = (
    "cloudformation:DescribeOrganizationsAccess",
    "cloudformation:DescribeStackSet",
    "cloudformation:ListStackInstances",
    "organizations:DescribeOrganizationalUnit",
    "organizations:ListRoots",
)
"""What a person's policy needs if the member role is rolled out."""

_UNDER_WAY = frozenset({"PENDING", "RUNNING"})


@dataclass(frozen=True, slots=True)
class StackSetInspector:
    """Reads roots and units of the organization, and the instances of the StackSet in the caller's Region.

    The clients are the caller's own, and need rights that the audit's function does not have.
    """

    organizations: Any
    cloudformation: Any

    def roots(self) -> Names:
        """Return the ids of the organization's roots."""
        call = "organizations:ListRoots"
        return names(call, lambda: (root.text("Id") for root in listed(call, self.organizations.list_roots, "Roots")))

    def stack_sets_access(self, *, from_management: bool) -> str | ReadFailure:
        """Return CloudFormation's word for whether StackSets may deploy to the organization.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeOrganizationsAccess.html
        """
        call, operation = (
            "cloudformation:DescribeOrganizationsAccess",
            self.cloudformation.describe_organizations_access,
        )
        call_as = CALL_AS["management" if from_management else "delegated-administrator"]
        try:
            return ask(call, operation, CallAs=call_as).text("Status")
        except (CallFailed, UnexpectedAnswer) as failure:
            return unread(failure, call)

    def units(self, targets: tuple[str, ...]) -> Names:
        """Return which of the targets are organizational units of the organization: one call for each that may be."""
        units = [target for target in targets if target.startswith("ou-")]
        return names("organizations:DescribeOrganizationalUnit", lambda: filter(self._is_there, units))

    def _is_there(self, unit: str) -> bool:
        try:
            described = ask(
                "organizations:DescribeOrganizationalUnit",
                self.organizations.describe_organizational_unit,
                OrganizationalUnitId=unit,
            )
        except CallFailed as failure:
            if failure.code == "OrganizationalUnitNotFoundException":
                return False
            raise
        return described.part("OrganizationalUnit").text("Id") == unit

    def roll_out(self, account: Account, deployment: Deployment) -> StackSetStatus:
        """Return what the StackSet says of an account."""
        call, operation = "cloudformation:ListStackInstances", self.cloudformation.list_stack_instances
        wanted = {"StackSetName": STACK_SET, "StackInstanceAccount": account.id, "CallAs": CALL_AS[deployment.account]}
        try:
            instances = [_of(account, instance) for instance in listed(call, operation, "Summaries", **wanted)]
        except (CallFailed, UnexpectedAnswer) as failure:
            found = unread(failure, call)
            return StackSetStatus(account, NO_STACK_SET if found.code == "StackSetNotFoundException" else found)
        return _best(instances) or StackSetStatus(account, NO_INSTANCE)


def _of(account: Account, instance: Answer) -> StackSetStatus:
    """Return what one instance says. Raises ``UnexpectedAnswer``."""
    has_detail = instance.content.get("StackInstanceStatus") is not None
    detail = instance.part("StackInstanceStatus").text_or("DetailedStatus", "") if has_detail else ""
    status = AT_WORK if detail in _UNDER_WAY else instance.text_or("Status", "of no status")
    return StackSetStatus(account, status, instance.text_or("StatusReason", ""), instance.text_or("Region", ""))


def _best(found: list[StackSetStatus]) -> StackSetStatus | None:
    """Return the instance that is the most use: roles are global, so one in any Region will do."""
    return next((one for one in found if one.status == "CURRENT"), found[0] if found else None)
