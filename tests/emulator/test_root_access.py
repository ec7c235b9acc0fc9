"""IAM's central root access: its features, and who may list, enable and disable them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator.services.organizations.delegated_administrator import IAM, delegate
from tests.emulator.identities import AUDIT, MEMBER, Identity, refused

if TYPE_CHECKING:
    from emulator.process import LocalAws

pytestmark = pytest.mark.network

CREDENTIALS, SESSIONS = "RootCredentialsManagement", "RootSessions"


def features(caller: Identity) -> list[str]:
    """Return the enabled features as a caller sees them."""
    enabled: list[str] = caller.client("iam").list_organizations_features()["EnabledFeatures"]
    return enabled


def test_the_sample_is_ready_for_audits_without_a_role(management: Identity) -> None:
    """Root credentials management is enabled, root sessions are not."""
    assert features(management) == [CREDENTIALS]


def test_the_management_account_enables_and_disables_each_feature(management: Identity) -> None:
    """Each answer lists the enabled features in AWS's order."""
    iam = management.client("iam")

    assert iam.enable_organizations_root_sessions()["EnabledFeatures"] == [SESSIONS, CREDENTIALS]
    assert iam.disable_organizations_root_credentials_management()["EnabledFeatures"] == [SESSIONS]
    assert iam.disable_organizations_root_sessions()["EnabledFeatures"] == []
    assert iam.enable_organizations_root_credentials_management()["EnabledFeatures"] == [CREDENTIALS]


def test_the_delegated_administrator_may_list_and_disable_but_not_enable(management: Identity, audit: Identity) -> None:
    """The refusal names the management account as the one that may enable them."""
    delegate(management.client("organizations"), AUDIT, IAM)
    listed = features(audit)
    audit.client("iam").disable_organizations_root_credentials_management()

    denied = refused(audit.client("iam"), "enable_organizations_root_credentials_management")

    message = f"Caller account {AUDIT} is not management account of the organization and cannot enable IAM features."
    assert listed == [CREDENTIALS]
    assert features(management) == []
    assert (denied.code, denied.message) == ("CallerIsNotManagementAccountException", message)


def test_the_delegated_administrator_of_another_service_is_an_ordinary_member(
    management: Identity, member: Identity
) -> None:
    """It may not even list the features."""
    delegate(management.client("organizations"), MEMBER, "account.amazonaws.com")

    denied = refused(member.client("iam"), "list_organizations_features")

    assert denied.code == "AccountNotManagementOrDelegatedAdministratorException"


def test_features_survive_without_trusted_access(management: Identity) -> None:
    """They cannot be listed until trusted access is enabled again."""
    organizations = management.client("organizations")
    organizations.disable_aws_service_access(ServicePrincipal=IAM)
    denied = refused(management.client("iam"), "list_organizations_features")
    organizations.enable_aws_service_access(ServicePrincipal=IAM)

    assert (denied.code, denied.status) == ("ServiceAccessNotEnabledException", 400)
    assert features(management) == [CREDENTIALS]


def test_an_account_outside_has_no_features(aws: LocalAws) -> None:
    """It has no organization."""
    outsider = Identity(aws.endpoint_url, "999999999999")

    assert refused(outsider.client("iam"), "list_organizations_features").code == "OrganizationNotFoundException"
