"""The preflight of the organization itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regionproof.domain.facts import ReadFailure
from regionproof.errors import SetupError
from regionproof.preflight.checks import checks, not_met, stop_if_missing
from regionproof.preflight.observed import Check, CheckState, PreflightScope
from regionproof.settings.shape import AuditSettings

from .test_checks import ALL_IS_THERE, BY_ROOT, EXISTING, FROM_A_DELEGATE, ROLLED_OUT

A_PERSON = PreflightScope(AuditSettings(), ROLLED_OUT)
DELEGATED = replace(ROLLED_OUT, account="delegated-administrator")
BILLING_ONLY = replace(ALL_IS_THERE.organization, feature_set="CONSOLIDATED_BILLING")


def unmet(needs: PreflightScope, **seen: object) -> list[Check]:
    """Return what is not met."""
    return list(not_met(checks(needs, replace(ALL_IS_THERE, **seen))))  # type: ignore[arg-type]  # fields


def test_trusted_access_alone_is_missing_with_the_command_of_cloudformation() -> None:
    """The StackSet would be refused: https://github.com/pepperize/cdk-organizations/issues/1718."""
    (check,) = unmet(A_PERSON, stack_sets_access="DISABLED")
    assert (check.state, check.seen) == (CheckState.MISSING, "CloudFormation says DISABLED")
    assert check.cure == "in the management account"
    assert check.commands == ("aws cloudformation activate-organizations-access",)


def test_access_that_is_off_for_good_has_another_way() -> None:
    """The command may be refused then."""
    (check,) = unmet(A_PERSON, stack_sets_access="DISABLED_PERMANENTLY")
    assert check.state is CheckState.MISSING
    assert "AWS Support" in check.cure


def test_access_that_may_not_be_read_is_unknown_with_the_right_and_the_command() -> None:
    """Never green."""
    call = "cloudformation:DescribeOrganizationsAccess"
    (check,) = unmet(A_PERSON, stack_sets_access=ReadFailure(call, "AccessDenied", "x is not authorized to perform: y"))
    assert check.state is CheckState.UNKNOWN
    assert check.cure == f"allow {call} to the caller; if it has none, in the management account"
    assert check.commands == ("aws cloudformation activate-organizations-access",)


def test_trusted_access_of_stack_sets_is_given_by_cloudformation_too() -> None:
    """The command of Organizations gives the trusted access only."""
    (check,) = unmet(A_PERSON, trusted=frozenset())
    assert check.commands == ("aws cloudformation activate-organizations-access",)


@pytest.mark.parametrize(
    "needs",
    [A_PERSON, PreflightScope(BY_ROOT), PreflightScope(BY_ROOT, ROLLED_OUT), PreflightScope(EXISTING, DELEGATED)],
    ids=["a roll-out", "a run by root", "a person by root", "a delegated administrator"],
)
def test_without_all_features_there_is_neither_trusted_access_nor_a_delegate(needs: PreflightScope) -> None:
    """With the command that enables them."""
    seen = replace(FROM_A_DELEGATE if needs.deployment is DELEGATED else ALL_IS_THERE, organization=BILLING_ONLY)
    (check,) = not_met(checks(needs, seen))
    assert (check.state, check.seen) == (CheckState.MISSING, "its feature set is CONSOLIDATED_BILLING")
    assert check.commands == ("aws organizations enable-all-features",)


def test_a_run_by_root_stops_without_all_features() -> None:
    """No root session could be opened."""
    with pytest.raises(SetupError, match="aws organizations enable-all-features"):
        stop_if_missing(checks(PreflightScope(BY_ROOT), replace(ALL_IS_THERE, organization=BILLING_ONLY)))


@pytest.mark.parametrize(
    "needs", [PreflightScope(AuditSettings()), PreflightScope(EXISTING, ROLLED_OUT)], ids=["a run", "own roles"]
)
def test_what_needs_no_other_account_to_agree_needs_no_features(needs: PreflightScope) -> None:
    """Listing and assuming roles work with consolidated billing."""
    assert not_met(checks(needs, replace(ALL_IS_THERE, organization=BILLING_ONLY))) == ()


def test_a_feature_set_that_aws_does_not_name_is_unknown() -> None:
    """It is not taken for all features."""
    (check,) = unmet(A_PERSON, organization=replace(ALL_IS_THERE.organization, feature_set=""))
    assert check.state is CheckState.UNKNOWN


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b"])
def test_a_partition_without_account_management_needs_no_access_of_it(partition: str) -> None:
    """AWS has no such service there to give access to."""
    identity = replace(ALL_IS_THERE.identity, partition=partition)
    seen = replace(ALL_IS_THERE, identity=identity, trusted=frozenset({"iam.amazonaws.com"}))
    found = checks(PreflightScope(BY_ROOT, ROLLED_OUT), seen)
    assert not_met(found) == ()
    assert not any("account.amazonaws.com" in f"{check.need} {check.commands}" for check in found)


def test_a_member_there_is_registered_for_a_service_that_exists() -> None:
    """Any delegation lets it list the accounts."""
    identity = replace(FROM_A_DELEGATE.identity, partition="aws-us-gov")
    refused = ReadFailure("organizations:ListAccounts", "AccessDeniedException", "You don't have permissions.")
    seen = replace(FROM_A_DELEGATE, identity=identity, not_listed=refused, ways_in=())
    (check,) = not_met(checks(PreflightScope(EXISTING, DELEGATED), seen))
    assert check.commands[0].endswith("--account-id 333333333333 --service-principal iam.amazonaws.com")
