"""Where the member role goes, as Organizations and StackSets tell it to a person."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from regionproof.aws.stack_set_inspector import StackSetInspector
from regionproof.domain.facts import ReadFailure
from regionproof.preflight.observed import AT_WORK, NO_INSTANCE, NO_STACK_SET, StackSetStatus
from regionproof.settings.shape import Deployment
from tests.support.builders import an_account
from tests.support.stubs import stubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.stub import Stubber

MEMBER = an_account("222222222222")
UNIT, UNKNOWN_UNIT = "ou-ab12-11111111", "ou-ab12-99999999"


@contextmanager
def reading() -> Iterator[tuple[StackSetInspector, Stubber, Stubber]]:
    """Give what is tested, and the stubs of its two services."""
    with (
        stubbed("organizations") as (organizations, of_organizations),
        stubbed("cloudformation") as (cloudformation, of_cloudformation),
    ):
        yield StackSetInspector(organizations, cloudformation), of_organizations, of_cloudformation


def test_the_roots_of_every_page_are_listed() -> None:
    """An empty page with a next token is not an end."""
    with reading() as (found, organizations, _):
        organizations.add_response("list_roots", {"Roots": [], "NextToken": "more"})
        organizations.add_response("list_roots", {"Roots": [{"Id": "r-ab12"}]}, {"NextToken": "more"})
        assert found.roots() == frozenset({"r-ab12"})


def test_only_units_that_are_there_are_returned_and_roots_are_not_asked_for() -> None:
    """One call for each unit named."""
    with reading() as (found, organizations, _):
        described = {"OrganizationalUnit": {"Id": UNIT}}
        organizations.add_response("describe_organizational_unit", described, {"OrganizationalUnitId": UNIT})
        organizations.add_client_error("describe_organizational_unit", "OrganizationalUnitNotFoundException")
        assert found.units(("r-ab12", UNIT, UNKNOWN_UNIT)) == frozenset({UNIT})


def test_a_unit_that_may_not_be_described_leaves_them_all_unread() -> None:
    """Never a part of them."""
    with reading() as (found, organizations, _):
        organizations.add_client_error("describe_organizational_unit", "AccessDeniedException", "no")
        expected = ReadFailure("organizations:DescribeOrganizationalUnit", "AccessDeniedException", "no")
        assert found.units((UNIT, UNKNOWN_UNIT)) == expected


@pytest.mark.parametrize(
    ("account", "call_as"), [("management", "SELF"), ("delegated-administrator", "DELEGATED_ADMIN")]
)
def test_the_stack_set_is_asked_for_from_where_it_was_deployed(account: Any, call_as: str) -> None:
    """By the name that the stack gives it, about one account."""
    asked = {"StackSetName": "RegionProofMemberRole", "StackInstanceAccount": MEMBER.id, "CallAs": call_as}
    with reading() as (found, _, cloudformation):
        cloudformation.add_response("list_stack_instances", {"Summaries": [{"Status": "CURRENT"}]}, asked)
        assert found.roll_out(MEMBER, Deployment(account=account)) == StackSetStatus(MEMBER, "CURRENT")


def instance(status: str, detail: str = "SUCCEEDED", **members: str) -> dict[str, Any]:
    """Return an instance as AWS lists it."""
    return {"Status": status, "StackInstanceStatus": {"DetailedStatus": detail}, **members}


@pytest.mark.parametrize(
    ("instances", "expected"),
    [
        ([], StackSetStatus(MEMBER, NO_INSTANCE)),
        ([instance("CURRENT")], StackSetStatus(MEMBER, "CURRENT")),
        ([instance("OUTDATED", "FAILED", StatusReason="why")], StackSetStatus(MEMBER, "OUTDATED", "why")),
        ([instance("OUTDATED", "RUNNING")], StackSetStatus(MEMBER, AT_WORK)),
        ([instance("OUTDATED", "PENDING")], StackSetStatus(MEMBER, AT_WORK)),
        ([instance("INOPERABLE", "INOPERABLE"), instance("CURRENT")], StackSetStatus(MEMBER, "CURRENT")),
    ],
)
def test_the_best_instance_counts(instances: list[dict[str, Any]], expected: StackSetStatus) -> None:
    """A role is global: in which Region its instance stands does not matter."""
    with reading() as (found, _, cloudformation):
        cloudformation.add_response("list_stack_instances", {"Summaries": instances})
        assert found.roll_out(MEMBER, Deployment()) == expected


def test_before_the_first_deployment_there_is_no_stack_set() -> None:
    """AWS says so by its own error; any other one is not known."""
    with reading() as (found, _, cloudformation):
        cloudformation.add_client_error("list_stack_instances", "StackSetNotFoundException")
        assert found.roll_out(MEMBER, Deployment()).status == NO_STACK_SET
        cloudformation.add_client_error("list_stack_instances", "AccessDenied", "no")
        expected = ReadFailure("cloudformation:ListStackInstances", "AccessDenied", "no")
        assert found.roll_out(MEMBER, Deployment()).status == expected


@pytest.mark.parametrize(("from_management", "call_as"), [(True, "SELF"), (False, "DELEGATED_ADMIN")])
def test_cloudformation_is_asked_whether_stack_sets_may_deploy_by_whoever_calls(
    from_management: bool,  # noqa: FBT001  # a parameter of the test
    call_as: str,
) -> None:
    """Trusted access alone says nothing of it: https://github.com/pepperize/cdk-organizations/issues/1718."""
    with reading() as (found, _, cloudformation):
        cloudformation.add_response("describe_organizations_access", {"Status": "DISABLED"}, {"CallAs": call_as})
        assert found.stack_sets_access(from_management=from_management) == "DISABLED"


@pytest.mark.parametrize("answer", ["AccessDenied", {}])
def test_access_that_is_not_answered_is_unread(answer: Any) -> None:
    """Neither on nor off."""
    with reading() as (found, _, cloudformation):
        if isinstance(answer, str):
            cloudformation.add_client_error("describe_organizations_access", answer, "no")
        else:
            cloudformation.add_response("describe_organizations_access", answer)
        assert isinstance(found.stack_sets_access(from_management=True), ReadFailure)
