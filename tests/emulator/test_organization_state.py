"""States of an organization in which AWS refuses what the product needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from emulator.services.organizations.delegated_administrator import STACK_SETS
from tests.emulator.identities import AUDIT, refused
from tests.emulator.test_stack_sets import UNITS, create, stack_template

if TYPE_CHECKING:
    from emulator.process import LocalAws
    from tests.emulator.identities import Identity

pytestmark = pytest.mark.network


def test_with_consolidated_billing_only_no_stack_set_deploys(aws: LocalAws, management: Identity) -> None:
    """Although CloudFormation was activated before."""
    aws.change_organization(feature_set="CONSOLIDATED_BILLING")
    described = management.client("organizations").describe_organization()["Organization"]

    status, reasons = create(management, stack_template([UNITS["Root/Sandbox"]]))

    assert described["FeatureSet"] == "CONSOLIDATED_BILLING"
    assert management.client("cloudformation").describe_organizations_access()["Status"] == "DISABLED"
    assert status == "ROLLBACK_COMPLETE"
    assert "You must enable organizations access to operate a service managed stack set" in reasons


def test_with_consolidated_billing_only_nothing_is_activated_or_delegated(aws: LocalAws, management: Identity) -> None:
    """All of it needs all features."""
    aws.change_organization(feature_set="CONSOLIDATED_BILLING")
    organizations = management.client("organizations")
    trusted = refused(organizations, "enable_aws_service_access", ServicePrincipal=STACK_SETS)
    delegated = refused(organizations, "register_delegated_administrator", AccountId=AUDIT, ServicePrincipal=STACK_SETS)
    assert {trusted.code, delegated.code} == {"ConstraintViolationException"}
    assert refused(management.client("cloudformation"), "activate_organizations_access").status == 400


def test_any_account_reads_its_effective_policy_on_security_hub(aws: LocalAws, member: Identity) -> None:
    """And without one AWS says so by an error of its own."""
    organizations = member.client("organizations")
    wanted = {"PolicyType": "SECURITYHUB_CSPM_POLICY"}
    assert refused(organizations, "describe_effective_policy", **wanted).code == "EffectivePolicyNotFoundException"

    aws.change_organization(hub_disabled_in="us-east-1")

    policy = json.loads(organizations.describe_effective_policy(**wanted)["EffectivePolicy"]["PolicyContent"])
    assert policy["securityhub_cspm"]["cspm_enablement"]["disable_in_regions"] == ["us-east-1"]


def test_a_reset_brings_all_features_back(aws: LocalAws, management: Identity) -> None:
    """And takes the policy away."""
    aws.change_organization(feature_set="CONSOLIDATED_BILLING", hub_disabled_in="us-east-1")
    aws.reset()
    organizations = management.client("organizations")
    assert organizations.describe_organization()["Organization"]["FeatureSet"] == "ALL"
    wanted = {"PolicyType": "SECURITYHUB_CSPM_POLICY"}
    assert refused(organizations, "describe_effective_policy", **wanted).code == "EffectivePolicyNotFoundException"
