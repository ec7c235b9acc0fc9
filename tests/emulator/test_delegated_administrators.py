"""Delegated administrators and trusted access: AWS's rules of who may be made one, and what it can then do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator.process import ORGANIZATION, LocalAws
from emulator.services.organizations.delegated_administrator import ACCOUNT_MANAGEMENT, ALL, IAM, STACK_SETS, delegate
from tests.emulator.identities import AUDIT, MANAGEMENT, MEMBER, Identity, refused

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

SUSPENDED = "700000000001"


def test_nothing_is_delegated_in_the_sample(management: Identity) -> None:
    """The demonstration runs in the management account."""
    assert management.client("organizations").list_delegated_administrators()["DelegatedAdministrators"] == []


def test_one_call_makes_a_member_the_administrator_of_all_that_an_audit_needs(
    management: Identity, audit: Identity
) -> None:
    """By the ordinary operations of Organizations, which both sides can then list."""
    delegate(management.client("organizations"), AUDIT)

    for caller in (management, audit):
        organizations = caller.client("organizations")
        services = organizations.list_delegated_services_for_account(AccountId=AUDIT)["DelegatedServices"]
        assert {service["ServicePrincipal"] for service in services} == set(ALL)
        for service in ALL:
            listed = organizations.list_delegated_administrators(ServicePrincipal=service)
            assert [one["Id"] for one in listed["DelegatedAdministrators"]] == [AUDIT]


@pytest.mark.parametrize(
    "operation", ["list_delegated_administrators", "list_aws_service_access_for_organization", "list_accounts"]
)
def test_an_ordinary_member_lists_nothing(operation: str, member: Identity) -> None:
    """These are for the management account and delegated administrators."""
    assert refused(member.client("organizations"), operation).code == "AccessDeniedException"


def test_the_services_of_an_account_without_any_can_not_be_listed(management: Identity) -> None:
    """Nor those of an account that is not there."""
    organizations = management.client("organizations")
    listing = "list_delegated_services_for_account"

    assert refused(organizations, listing, AccountId=MEMBER).code == "AccountNotRegisteredException"
    assert refused(organizations, listing, AccountId="999999999999").code == "AccountNotFoundException"


@pytest.mark.parametrize("account_id", [MANAGEMENT, SUSPENDED])
def test_only_an_active_member_can_be_made_one(account_id: str, management: Identity) -> None:
    """Not the management account, no closed account."""
    denied = refused(
        management.client("organizations"),
        "register_delegated_administrator",
        AccountId=account_id,
        ServicePrincipal=IAM,
    )

    assert denied.code == "ConstraintViolationException"


def test_a_service_needs_trusted_access_before_it_is_delegated_and_keeps_it_while_it_is(
    management: Identity,
) -> None:
    """In that order, and back."""
    organizations = management.client("organizations")
    wanted = {"AccountId": AUDIT, "ServicePrincipal": IAM}
    organizations.disable_aws_service_access(ServicePrincipal=IAM)
    too_early = refused(organizations, "register_delegated_administrator", **wanted)
    delegate(organizations, AUDIT, IAM)
    twice = refused(organizations, "register_delegated_administrator", **wanted)
    too_late = refused(organizations, "disable_aws_service_access", ServicePrincipal=IAM)

    organizations.deregister_delegated_administrator(**wanted)
    organizations.disable_aws_service_access(ServicePrincipal=IAM)

    assert (too_early.code, twice.code) == ("ConstraintViolationException", "AccountAlreadyRegisteredException")
    assert too_late.code == "ConstraintViolationException"
    assert too_late.message.startswith("You have delegated administrator/s for this service.")


def test_a_name_that_is_no_service_principal_is_refused(management: Identity) -> None:
    """It is not enabled in silence."""
    denied = refused(management.client("organizations"), "enable_aws_service_access", ServicePrincipal="iam")

    assert (denied.code, denied.message) == (
        "InvalidInputException",
        "You specified an unrecognized service principal.",
    )


def test_no_member_delegates(member: Identity, management: Identity) -> None:
    """Not to itself, and a delegated administrator not to others."""
    delegate(management.client("organizations"), MEMBER, IAM)

    denied = refused(
        member.client("organizations"), "register_delegated_administrator", AccountId=AUDIT, ServicePrincipal=IAM
    )

    assert denied.code == "AccessDeniedException"


def test_the_delegate_of_account_management_reads_any_member_and_not_the_management_account(
    management: Identity, audit: Identity
) -> None:
    """Itself too; the refusal says how the management account can be read."""
    delegate(management.client("organizations"), AUDIT, ACCOUNT_MANAGEMENT)
    account = audit.client("account")

    for member in (MEMBER, AUDIT):
        assert account.list_regions(AccountId=member)["Regions"]
    assert "standalone context" in refused(account, "list_regions", AccountId=MANAGEMENT).message
    assert refused(account, "list_regions", AccountId="999999999999").code == "AccessDeniedException"


def test_the_delegate_of_another_service_names_no_account(management: Identity, audit: Identity) -> None:
    """The management account is nothing special to it."""
    delegate(management.client("organizations"), AUDIT, IAM, STACK_SETS)
    account = audit.client("account")

    for named in (MEMBER, AUDIT, MANAGEMENT):
        denied = refused(account, "list_regions", AccountId=named)
        assert denied.message == f"User: arn:aws:iam::{AUDIT}:root is not authorized to perform: account:ListRegions"


def test_the_file_of_an_organization_may_delegate(tmp_path: Path) -> None:
    """What it says is there from the start."""
    changed = tmp_path / "organization.yaml"
    content = ORGANIZATION.read_text(encoding="utf-8")
    changed.write_text(
        content.replace("delegated_administrators: {}", f'delegated_administrators: {{{IAM}: "{AUDIT}"}}'),
        encoding="utf-8",
    )
    with LocalAws(changed) as aws:
        organizations = Identity(aws.endpoint_url, AUDIT).client("organizations")
        services = organizations.list_delegated_services_for_account(AccountId=AUDIT)["DelegatedServices"]

    assert [service["ServicePrincipal"] for service in services] == [IAM]
