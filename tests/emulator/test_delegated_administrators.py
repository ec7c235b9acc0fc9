"""Delegated administrators and trusted access: who can be registered, and the rights that follow."""

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
    """The demo runs in the management account."""
    assert management.client("organizations").list_delegated_administrators()["DelegatedAdministrators"] == []


def test_one_call_delegates_everything_that_an_audit_needs(management: Identity, audit: Identity) -> None:
    """Both the management account and the delegated administrator can list the delegations."""
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
    """Only the management account and delegated administrators may list."""
    assert refused(member.client("organizations"), operation).code == "AccessDeniedException"


def test_the_services_of_an_account_without_delegation_cannot_be_listed(management: Identity) -> None:
    """Those of an unknown account cannot be listed either."""
    organizations = management.client("organizations")
    listing = "list_delegated_services_for_account"

    assert refused(organizations, listing, AccountId=MEMBER).code == "AccountNotRegisteredException"
    assert refused(organizations, listing, AccountId="999999999999").code == "AccountNotFoundException"


@pytest.mark.parametrize("account_id", [MANAGEMENT, SUSPENDED])
def test_only_an_active_member_can_be_registered(account_id: str, management: Identity) -> None:
    """The management account and a closed account are refused."""
    denied = refused(
        management.client("organizations"),
        "register_delegated_administrator",
        AccountId=account_id,
        ServicePrincipal=IAM,
    )

    assert denied.code == "ConstraintViolationException"


def test_a_service_needs_trusted_access_before_and_during_its_delegation(
    management: Identity,
) -> None:
    """A delegation without trusted access is refused, and so is ending trusted access during a delegation."""
    organizations = management.client("organizations")
    parameters = {"AccountId": AUDIT, "ServicePrincipal": IAM}
    organizations.disable_aws_service_access(ServicePrincipal=IAM)
    too_early = refused(organizations, "register_delegated_administrator", **parameters)
    delegate(organizations, AUDIT, IAM)
    twice = refused(organizations, "register_delegated_administrator", **parameters)
    too_late = refused(organizations, "disable_aws_service_access", ServicePrincipal=IAM)

    organizations.deregister_delegated_administrator(**parameters)
    organizations.disable_aws_service_access(ServicePrincipal=IAM)

    assert (too_early.code, twice.code) == ("ConstraintViolationException", "AccountAlreadyRegisteredException")
    assert too_late.code == "ConstraintViolationException"
    assert too_late.message.startswith("You have delegated administrator/s for this service.")


def test_an_invalid_service_principal_is_refused(management: Identity) -> None:
    """It is not silently enabled."""
    denied = refused(management.client("organizations"), "enable_aws_service_access", ServicePrincipal="iam")

    assert (denied.code, denied.message) == (
        "InvalidInputException",
        "You specified an unrecognized service principal.",
    )


def test_a_member_cannot_delegate(member: Identity, management: Identity) -> None:
    """Even a delegated administrator cannot delegate to others."""
    delegate(management.client("organizations"), MEMBER, IAM)

    denied = refused(
        member.client("organizations"), "register_delegated_administrator", AccountId=AUDIT, ServicePrincipal=IAM
    )

    assert denied.code == "AccessDeniedException"


def test_the_delegate_of_account_management_reads_any_member_and_not_the_management_account(
    management: Identity, audit: Identity
) -> None:
    """It can read itself too. The refusal for the management account mentions the standalone context."""
    delegate(management.client("organizations"), AUDIT, ACCOUNT_MANAGEMENT)
    account = audit.client("account")

    for member in (MEMBER, AUDIT):
        assert account.list_regions(AccountId=member)["Regions"]
    assert "standalone context" in refused(account, "list_regions", AccountId=MANAGEMENT).message
    assert refused(account, "list_regions", AccountId="999999999999").code == "AccessDeniedException"


def test_the_delegate_of_another_service_cannot_name_an_account(management: Identity, audit: Identity) -> None:
    """The refusal is the same for every account."""
    delegate(management.client("organizations"), AUDIT, IAM, STACK_SETS)
    account = audit.client("account")

    for named in (MEMBER, AUDIT, MANAGEMENT):
        denied = refused(account, "list_regions", AccountId=named)
        assert denied.message == f"User: arn:aws:iam::{AUDIT}:root is not authorized to perform: account:ListRegions"


def test_an_organization_file_can_delegate(tmp_path: Path) -> None:
    """The delegations in the file exist from the start."""
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
