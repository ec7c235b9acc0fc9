"""The preflight of Security Hub."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regionproof.domain.facts import ReadFailure
from regionproof.preflight.checks import checks, not_met
from regionproof.preflight.observed import Check, CheckState, PreflightScope
from regionproof.settings.shape import AuditSettings

from .test_checks import ALL_IS_THERE, ROLLED_OUT


def unmet(**seen: object) -> list[Check]:
    """Return what a person's preflight finds not met."""
    needs = PreflightScope(AuditSettings(), ROLLED_OUT)
    return list(not_met(checks(needs, replace(ALL_IS_THERE, **seen))))  # type: ignore[arg-type]  # fields


@pytest.mark.parametrize("named", ["eu-central-1", "ALL_SUPPORTED"])
def test_a_policy_that_disables_it_here_is_missing_whatever_the_account_enables(named: str) -> None:
    """It undoes what the account itself enables."""
    (check,) = unmet(hub_disabled_in=frozenset({"us-west-2", named}))
    assert check.state is CheckState.MISSING
    assert f"has {named} under disable_in_regions" in check.seen
    assert "take eu-central-1 out of disable_in_regions" in check.cure


@pytest.mark.parametrize("regions", [frozenset(), frozenset({"us-west-2"})])
def test_a_policy_for_other_regions_does_not_matter(regions: frozenset[str]) -> None:
    """Nor does none."""
    assert unmet(hub_disabled_in=regions) == []


def test_a_policy_that_may_not_be_read_is_unknown() -> None:
    """Never green."""
    call = "organizations:DescribeEffectivePolicy"
    (check,) = unmet(hub_disabled_in=ReadFailure(call, "AccessDeniedException", "x is not authorized to perform: y"))
    assert (check.state, check.cure) == (CheckState.UNKNOWN, f"allow {call} to the caller")


def test_where_it_is_off_the_command_and_the_central_configuration_are_named() -> None:
    """An account under a central configuration cannot enable it itself."""
    (check,) = unmet(security_hub=False)
    assert "its administrator associate the account" in check.cure
    assert check.commands == (
        "aws securityhub enable-security-hub --no-enable-default-standards --region eu-central-1",
    )
