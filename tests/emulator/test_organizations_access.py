"""CloudFormation's Organizations access, which service-managed StackSets need besides trusted access."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from emulator.services.organizations.delegated_administrator import STACK_SETS, delegate
from tests.emulator.identities import AUDIT, refused
from tests.emulator.test_stack_sets import UNITS, create, stack_template

if TYPE_CHECKING:
    from tests.emulator.identities import Identity

pytestmark = pytest.mark.network


def test_trusted_access_alone_is_not_enough_for_a_stack_set(management: Identity) -> None:
    """Organizations access must be activated too, which also enables trusted access."""
    organizations, cloudformation = management.client("organizations"), management.client("cloudformation")
    template = stack_template([UNITS["Root/Sandbox"]])
    cloudformation.deactivate_organizations_access()
    trusted = [one["ServicePrincipal"] for one in trusted_services(management)]
    organizations.enable_aws_service_access(ServicePrincipal=STACK_SETS)

    statuses = [cloudformation.describe_organizations_access()["Status"]]
    before, reasons = create(management, template)
    cloudformation.delete_stack(StackName="audit")
    time.sleep(0.2)
    cloudformation.activate_organizations_access()
    statuses.append(cloudformation.describe_organizations_access()["Status"])
    after, _ = create(management, template)

    assert STACK_SETS not in trusted
    assert statuses == ["DISABLED", "ENABLED"]
    assert (before, after) == ("ROLLBACK_COMPLETE", "CREATE_COMPLETE")
    assert "You must enable organizations access to operate a service managed stack set" in reasons


def test_activation_enables_trusted_access_and_ends_with_it(management: Identity) -> None:
    """One command is enough. Without trusted access, Organizations access is DISABLED."""
    organizations, cloudformation = management.client("organizations"), management.client("cloudformation")
    cloudformation.deactivate_organizations_access()
    cloudformation.activate_organizations_access()
    assert STACK_SETS in {one["ServicePrincipal"] for one in trusted_services(management)}

    organizations.disable_aws_service_access(ServicePrincipal=STACK_SETS)

    assert cloudformation.describe_organizations_access()["Status"] == "DISABLED"


def test_only_the_management_account_activates_and_a_delegate_may_describe(
    management: Identity, audit: Identity
) -> None:
    """A delegated administrator must pass CallAs DELEGATED_ADMIN."""
    cloudformation = audit.client("cloudformation")
    for call in ("activate_organizations_access", "deactivate_organizations_access", "describe_organizations_access"):
        assert refused(cloudformation, call).code == "InvalidOperationException"
    assert refused(cloudformation, "describe_organizations_access", CallAs="DELEGATED_ADMIN").status == 400

    delegate(management.client("organizations"), AUDIT, STACK_SETS)

    assert cloudformation.describe_organizations_access(CallAs="DELEGATED_ADMIN")["Status"] == "ENABLED"


def test_access_is_not_deactivated_while_there_is_a_delegated_administrator(management: Identity) -> None:
    """It would take away trusted access, which Organizations refuses then."""
    organizations, cloudformation = management.client("organizations"), management.client("cloudformation")
    delegate(organizations, AUDIT, STACK_SETS)

    denied = refused(cloudformation, "deactivate_organizations_access")

    assert denied.code == "InvalidOperationException"
    assert cloudformation.describe_organizations_access()["Status"] == "ENABLED"
    organizations.deregister_delegated_administrator(AccountId=AUDIT, ServicePrincipal=STACK_SETS)
    cloudformation.deactivate_organizations_access()
    assert cloudformation.describe_organizations_access()["Status"] == "DISABLED"


def trusted_services(management: Identity) -> list[dict[str, Any]]:
    """Return the services with trusted access."""
    answer = management.client("organizations").list_aws_service_access_for_organization()
    services: list[dict[str, Any]] = answer["EnabledServicePrincipals"]
    return services
