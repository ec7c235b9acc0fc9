"""The preflight: everything that is missing at once, each with its fix, and nothing taken for what was not seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regionproof.domain.facts import ReadFailure
from regionproof.domain.partition import ACCOUNT_MANAGEMENT
from regionproof.domain.report import Identity
from regionproof.errors import SetupError
from regionproof.preflight.checks import checks, not_met, stop_if_missing
from regionproof.preflight.observed import (
    IAM,
    STACK_SETS,
    AccessAttempt,
    Check,
    CheckState,
    PreflightScope,
    SetupSnapshot,
)
from regionproof.settings.shape import AuditSettings, Deployment, MemberRole
from tests.support.builders import IDENTITY, MANAGEMENT_ACCOUNT_ID, ORGANIZATION_ID, an_account, an_organization

MEMBER = an_account("222222222222")
MANAGEMENT = replace(an_account(MANAGEMENT_ACCOUNT_ID), is_management=True)
ELSEWHERE = Identity("333333333333", "aws", "eu-central-1")
BY_ROOT = AuditSettings(access="root")
ROLLED_OUT = Deployment(organization_id=ORGANIZATION_ID, roll_out_to=("r-ab12",))
REFUSED = ReadFailure("organizations:ListAWSServiceAccessForOrganization", "AccessDeniedException", "no")
NO_MEMBER_MAY = ReadFailure("organizations:ListAccounts", "AccessDeniedException", "You don't have permissions.")
NO_RIGHT = ReadFailure("organizations:ListAccounts", "AccessDeniedException", "x is not authorized to perform: y")
EXISTING = AuditSettings(member_role=MemberRole(name="Mine", existing=True))

ALL_IS_THERE = SetupSnapshot(
    identity=IDENTITY,
    organization=replace(an_organization(), accounts=(), feature_set="ALL"),
    trusted=frozenset({IAM, ACCOUNT_MANAGEMENT, STACK_SETS}),
    root_features=frozenset({"RootCredentialsManagement"}),
    roots=frozenset({"r-ab12"}),
    units=frozenset({"ou-ab12-11111111"}),
    ways_in=(AccessAttempt(MEMBER),),
    security_hub=True,
    stack_sets_access="ENABLED",
)
FROM_A_DELEGATE = replace(
    ALL_IS_THERE,
    identity=ELSEWHERE,
    delegated=frozenset({IAM, ACCOUNT_MANAGEMENT, STACK_SETS}),
    ways_in=(AccessAttempt(MANAGEMENT), AccessAttempt(MEMBER)),
)
FROM_NOBODY_YET = replace(
    FROM_A_DELEGATE,
    not_listed=NO_MEMBER_MAY,
    trusted=REFUSED,
    delegated=frozenset(),
    root_features=REFUSED,
    roots=REFUSED,
    units=frozenset(),
    ways_in=(),
)
NEEDS = {
    "a run by role": PreflightScope(AuditSettings()),
    "a run by root": PreflightScope(BY_ROOT),
    "a person, by role": PreflightScope(AuditSettings(), ROLLED_OUT),
    "a person, by root": PreflightScope(BY_ROOT, ROLLED_OUT),
    "a person, by a role that exists": PreflightScope(EXISTING, Deployment()),
}


def missing(needs: PreflightScope, seen: SetupSnapshot) -> list[Check]:
    """Return what is missing."""
    return [check for check in checks(needs, seen) if check.state is CheckState.MISSING]


@pytest.mark.parametrize("needs", NEEDS.values(), ids=NEEDS)
def test_where_all_is_there_nothing_is_missing(needs: PreflightScope) -> None:
    """From the management account."""
    assert not_met(checks(needs, ALL_IS_THERE)) == ()


@pytest.mark.parametrize("settings", [AuditSettings(), BY_ROOT], ids=["role", "root"])
def test_where_all_is_there_nothing_is_missing_from_a_delegate(settings: AuditSettings) -> None:
    """From a delegated administrator's account, which the settings name as such."""
    deployment = replace(ROLLED_OUT, account="delegated-administrator")
    assert not_met(checks(PreflightScope(settings, deployment), FROM_A_DELEGATE)) == ()


def test_root_mode_names_all_that_is_missing_at_once_with_the_commands() -> None:
    """Trusted access twice, the feature, and both delegations: one message, before the first account."""
    nothing = replace(FROM_A_DELEGATE, trusted=frozenset(), delegated=frozenset(), root_features=frozenset())
    with pytest.raises(SetupError) as stopped:
        stop_if_missing(checks(PreflightScope(BY_ROOT), nothing))
    said = str(stopped.value).splitlines()
    assert said[0] == "the audit cannot start; missing:"
    assert len(said) == 6
    for service in (IAM, ACCOUNT_MANAGEMENT):
        assert any(line.endswith(f"enable-aws-service-access --service-principal {service}") for line in said)
        delegate = f"register-delegated-administrator --account-id 333333333333 --service-principal {service}"
        assert any(line.endswith(delegate) for line in said)
    assert any(line.endswith("aws iam enable-organizations-root-credentials-management") for line in said)


@pytest.mark.parametrize(
    "less",
    [
        {"trusted": frozenset({IAM})},
        {"trusted": frozenset({ACCOUNT_MANAGEMENT})},
        {"root_features": frozenset()},
        {"root_features": frozenset({"RootSessions"})},
    ],
)
def test_each_thing_that_root_mode_lacks_stops_the_run(less: dict[str, frozenset[str]]) -> None:
    """Without any one of them no member could be read."""
    seen = replace(ALL_IS_THERE, **less)  # type: ignore[arg-type]  # the names are fields
    with pytest.raises(SetupError, match="the audit cannot start"):
        stop_if_missing(checks(PreflightScope(BY_ROOT), seen))


def test_from_the_management_account_no_delegation_is_asked_for() -> None:
    """It needs none."""
    assert not any("delegated administrator" in check.need for check in checks(PreflightScope(BY_ROOT), ALL_IS_THERE))


def test_what_could_not_be_looked_at_is_neither_there_nor_missing() -> None:
    """It stops no run: the reads themselves will tell."""
    seen = replace(ALL_IS_THERE, trusted=REFUSED, root_features=REFUSED, security_hub=REFUSED)
    found = checks(PreflightScope(BY_ROOT), seen)
    stop_if_missing(found)
    unmet = not_met(found)
    assert {check.state for check in unmet} == {CheckState.UNKNOWN}
    assert len(unmet) == 4
    assert all("failed with AccessDeniedException" in check.seen for check in unmet)


def test_security_hub_that_is_not_enabled_is_missing_and_stops_no_run() -> None:
    """Findings are reported by SNS all the same; the fix names the Region."""
    (check,) = missing(PreflightScope(AuditSettings()), replace(ALL_IS_THERE, security_hub=False))
    assert not check.stops
    assert "--region eu-central-1" in check.remedy


def test_security_hub_in_an_opt_in_region_that_refuses_the_token_says_why() -> None:
    """https://github.com/nccgroup/ScoutSuite/issues/1389: the very error that this product looks for."""
    refused = ReadFailure("securityhub:DescribeHub", "UnrecognizedClientException", "The security token is invalid.")
    identity = replace(ALL_IS_THERE.identity, region="ap-east-1")
    (check,) = not_met(
        checks(PreflightScope(AuditSettings()), replace(ALL_IS_THERE, identity=identity, security_hub=refused))
    )
    assert check.state is CheckState.UNKNOWN
    assert "refuses version 1 tokens from the global STS endpoint" in check.remedy
    assert "has not enabled the Region" in check.remedy


def test_a_run_that_does_not_publish_there_does_not_look_at_security_hub() -> None:
    """Nothing is said of it."""
    found = checks(PreflightScope(AuditSettings()), replace(ALL_IS_THERE, security_hub=None))
    assert not any("Security Hub" in check.need for check in found)


@pytest.mark.parametrize(
    ("deployment", "said"),
    [
        (replace(ROLLED_OUT, account="delegated-administrator"), "deployment.account"),
        (replace(ROLLED_OUT, organization_id="o-exampleorgid"), "set deployment.organization_id to"),
        (replace(ROLLED_OUT, organization_id=None), "the settings say nothing"),
    ],
)
def test_settings_that_mean_another_place_are_told(deployment: Deployment, said: str) -> None:
    """Credentials of the wrong account, and a trust that would never hold."""
    (check,) = missing(PreflightScope(AuditSettings(), deployment), ALL_IS_THERE)
    assert said in f"{check.need} {check.seen} {check.remedy}"


@pytest.mark.parametrize("settings", [BY_ROOT, EXISTING], ids=["root", "a role that exists"])
def test_the_id_of_the_organization_is_right_or_not_given_where_only_the_audit_s_rights_hold_it(
    settings: AuditSettings,
) -> None:
    """A wrong one in the ARNs and conditions of its policy would deny every account."""
    wrong = PreflightScope(settings, replace(ROLLED_OUT, organization_id="o-exampleorgid"))
    (check,) = missing(wrong, ALL_IS_THERE)
    assert check.remedy == f"set deployment.organization_id to {ORGANIZATION_ID}"
    assert missing(PreflightScope(settings, replace(ROLLED_OUT, organization_id=None)), ALL_IS_THERE) == []


@pytest.mark.parametrize(
    ("settings", "services"),
    [(AuditSettings(), (STACK_SETS,)), (BY_ROOT, (IAM, ACCOUNT_MANAGEMENT)), (EXISTING, (ACCOUNT_MANAGEMENT,))],
    ids=["role", "root", "a role that exists"],
)
def test_an_account_that_is_no_delegate_yet_is_told_all_that_it_needs(
    settings: AuditSettings, services: tuple[str, ...]
) -> None:
    """It may list nothing. Any delegation lets it list; a role of one's own needs no certain one."""
    deployment = replace(ROLLED_OUT, account="delegated-administrator")
    found = checks(PreflightScope(settings, deployment), FROM_NOBODY_YET)
    absent = [check for check in found if check.state is CheckState.MISSING]
    assert absent[0].need == "account 333333333333 may list the accounts of the organization"
    said = "\n".join(check.remedy for check in absent)
    for service in services:
        assert f"register-delegated-administrator --account-id 333333333333 --service-principal {service}" in said
    assert not any("sample" in check.need for check in found)


def test_what_is_not_seen_before_the_delegation_is_unknown_with_the_command_that_mends_it() -> None:
    """Trusted access may be there or not; no one below may look."""
    found = checks(PreflightScope(BY_ROOT), FROM_NOBODY_YET)
    unseen = [check for check in found if check.state is CheckState.UNKNOWN]
    assert len(unseen) == 3
    assert all(check.remedy.startswith("if it is not, in the management account: aws ") for check in unseen)


def test_a_run_by_root_from_no_delegate_stops_with_one_message_for_everything() -> None:
    """What is missing, and what could not be seen and may be missing too."""
    with pytest.raises(SetupError) as stopped:
        stop_if_missing(checks(PreflightScope(BY_ROOT), FROM_NOBODY_YET))
    missing_, _, unseen = str(stopped.value).partition("\ncould not be checked, and may be missing too:\n")
    assert missing_.count("register-delegated-administrator") == 2
    assert unseen.count("enable-aws-service-access") == 2
    assert "enable-organizations-root-credentials-management" in unseen


def test_a_caller_whose_policy_allows_no_listing_is_sent_to_that_policy() -> None:
    """Not to the delegation, which it may have."""
    found = missing(PreflightScope(BY_ROOT), replace(ALL_IS_THERE, not_listed=NO_RIGHT, ways_in=()))
    assert [check.remedy for check in found] == ["allow organizations:ListAccounts to the caller of the audit"]
    assert found[0].stops


def test_a_stack_set_needs_trusted_access_and_from_a_delegate_the_delegation() -> None:
    """Only where one is rolled out."""
    bare = replace(FROM_A_DELEGATE, trusted=frozenset(), delegated=frozenset())
    deployment = replace(ROLLED_OUT, account="delegated-administrator")
    assert [STACK_SETS in check.need for check in missing(PreflightScope(AuditSettings(), deployment), bare)] == [
        True,
        True,
    ]
    by_hand = missing(PreflightScope(AuditSettings(), replace(deployment, roll_out_to=())), bare)
    assert not any(STACK_SETS in check.need for check in by_hand)


def test_a_delegation_for_another_service_is_none_for_this_one() -> None:
    """https://github.com/ministryofjustice/aws-root-account/pull/1176: the principal differs by service."""
    deployment = replace(ROLLED_OUT, account="delegated-administrator")
    seen = replace(FROM_A_DELEGATE, delegated=frozenset({"config.amazonaws.com"}))
    (check,) = missing(PreflightScope(AuditSettings(), deployment), seen)
    assert check.commands == (
        (
            "aws organizations register-delegated-administrator --account-id 333333333333 "
            f"--service-principal {STACK_SETS}"
        ),
    )
