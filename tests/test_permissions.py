"""The actions of the policies: those of the calls that are made, and no other."""

from __future__ import annotations

import botocore.session
import pytest

from regionproof.permissions import ORGANIZATION_ACTIONS, SECURITY_HUB_ACTIONS, SNS_ACTIONS, member_actions
from regionproof.settings.shape import AuditSettings, RegionsRule, Rules, StsRule

BOTH = ("account:ListRegions", "iam:GetAccountSummary")


@pytest.mark.parametrize(
    ("rules", "actions"),
    [
        (Rules(), BOTH),
        (Rules(sts_1=StsRule(enabled=False)), ("account:ListRegions",)),
        (Rules(regions_1=RegionsRule(enabled=False)), BOTH),
        (Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(enabled=False)), ()),
    ],
)
def test_the_member_role_may_do_what_the_enabled_rules_need(rules: Rules, actions: tuple[str, ...]) -> None:
    """Nothing for a rule that is switched off."""
    assert member_actions(AuditSettings(rules=rules)) == actions


@pytest.mark.parametrize("action", [*ORGANIZATION_ACTIONS, *SECURITY_HUB_ACTIONS, *SNS_ACTIONS, *BOTH])
def test_every_action_exists(action: str) -> None:
    """A misspelt action would be a denial in production."""
    service, operation = action.split(":")
    assert operation in botocore.session.get_session().get_service_model(service).operation_names


@pytest.mark.parametrize("action", [*ORGANIZATION_ACTIONS, *BOTH])
def test_the_organization_and_its_accounts_are_only_read(action: str) -> None:
    """RegionProof changes nothing that it audits."""
    assert action.split(":")[1].startswith(("Describe", "Get", "List"))
