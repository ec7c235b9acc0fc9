"""The preflight: everything that is missing at once, each with its cure, and nothing taken for what was not seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regionproof.domain.facts import Unread
from regionproof.domain.report import Identity
from regionproof.domain.setup import Check, CheckState, Entrance, Observed
from regionproof.errors import SetupError
from regionproof.preflight import ACCOUNT_MANAGEMENT, IAM, STACK_SETS, Needs, checks, not_met, stop_if_missing
from regionproof.settings.shape import AuditSettings, Deployment, MemberRole
from tests.builders import DENIED, IDENTITY, MANAGEMENT_ACCOUNT_ID, ORGANIZATION_ID, an_account, an_organization

MEMBER = an_account("222222222222")
MANAGEMENT = replace(an_account(MANAGEMENT_ACCOUNT_ID), is_management=True)
ELSEWHERE = Identity("333333333333", "aws", "eu-central-1")
BY_ROOT = AuditSettings(access="root")
ROLLED_OUT = Deployment(organization_id=ORGANIZATION_ID, roll_out_to=("r-ab12",))
REFUSED = Unread("organizations:ListAWSServiceAccessForOrganization", "AccessDeniedException", "no")

ALL_IS_THERE = Observed(
    identity=IDENTITY,
    organization=replace(an_organization(), accounts=()),
    trusted=frozenset({IAM, ACCOUNT_MANAGEMENT, STACK_SETS}),
    root_features=frozenset({"RootCredentialsManagement"}),
    entrances=(Entrance(MEMBER),),
    security_hub=True,
)
FROM_A_DELEGATE = replace(
    ALL_IS_THERE,
    identity=ELSEWHERE,
    delegated=frozenset({IAM, ACCOUNT_MANAGEMENT, STACK_SETS}),
    entrances=(Entrance(MANAGEMENT), Entrance(MEMBER)),
)
NEEDS = {
    "a run by role": Needs(AuditSettings()),
    "a run by root": Needs(BY_ROOT),
    "a person, by role": Needs(AuditSettings(), ROLLED_OUT),
    "a person, by root": Needs(BY_ROOT, ROLLED_OUT),
    "a person, by a role that exists": Needs(AuditSettings(member_role=MemberRole(existing=True)), Deployment()),
}


def missing(needs: Needs, seen: Observed) -> list[Check]:
    """Return what is missing."""
    return [check for check in checks(needs, seen) if check.state is CheckState.MISSING]


@pytest.mark.parametrize("needs", NEEDS.values(), ids=NEEDS)
def test_where_all_is_there_nothing_is_missing(needs: Needs) -> None:
    """From the management account."""
    assert not_met(checks(needs, ALL_IS_THERE)) == ()


@pytest.mark.parametrize("settings", [AuditSettings(), BY_ROOT], ids=["role", "root"])
def test_where_all_is_there_nothing_is_missing_from_a_delegate(settings: AuditSettings) -> None:
    """From a delegated administrator's account, which the settings name as such."""
    deployment = replace(ROLLED_OUT, account="delegated-administrator")
    assert not_met(checks(Needs(settings, deployment), FROM_A_DELEGATE)) == ()


def test_root_mode_names_all_that_is_missing_at_once_with_the_commands() -> None:
    """Trusted access twice, the feature, and both delegations: one message, before the first account."""
    nothing = replace(FROM_A_DELEGATE, trusted=frozenset(), delegated=frozenset(), root_features=frozenset())
    with pytest.raises(SetupError) as stopped:
        stop_if_missing(checks(Needs(BY_ROOT), nothing))
    said = str(stopped.value).splitlines()
    assert said[0] == "the audit can not start; missing:"
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
    with pytest.raises(SetupError, match="the audit can not start"):
        stop_if_missing(checks(Needs(BY_ROOT), seen))


def test_from_the_management_account_no_delegation_is_asked_for() -> None:
    """It needs none."""
    assert not any("delegated administrator" in check.need for check in checks(Needs(BY_ROOT), ALL_IS_THERE))


def test_what_could_not_be_looked_at_is_neither_there_nor_missing() -> None:
    """It stops no run: the reads themselves will tell."""
    seen = replace(ALL_IS_THERE, trusted=REFUSED, root_features=REFUSED, security_hub=REFUSED)
    found = checks(Needs(BY_ROOT), seen)
    stop_if_missing(found)
    unmet = not_met(found)
    assert {check.state for check in unmet} == {CheckState.UNKNOWN}
    assert len(unmet) == 4
    assert all("failed with AccessDeniedException" in check.seen for check in unmet)


def test_a_closed_sample_account_is_told_and_stops_no_run() -> None:
    """It is that account's finding; the next account may be open."""
    seen = replace(ALL_IS_THERE, entrances=(Entrance(MEMBER, DENIED),))
    found = checks(Needs(AuditSettings()), seen)
    stop_if_missing(found)
    (check,) = not_met(found)
    assert check.state is CheckState.MISSING
    assert check.need == "role RegionProofAudit can be assumed in account 222222222222"
    assert "failed with AccessDenied" in check.seen


def test_a_person_who_is_refused_by_the_role_of_the_stack_has_proved_nothing() -> None:
    """It trusts the deployed function only. A role that the person named themselves is another matter."""
    seen = replace(ALL_IS_THERE, entrances=(Entrance(MEMBER, DENIED),))
    (check,) = not_met(checks(Needs(AuditSettings(), ROLLED_OUT), seen))
    assert check.state is CheckState.UNKNOWN
    own = Needs(AuditSettings(member_role=MemberRole(name="Mine", existing=True)), ROLLED_OUT)
    (check,) = not_met(checks(own, seen))
    assert check.state is CheckState.MISSING


def test_the_management_account_is_tried_by_role_in_root_mode_too() -> None:
    """From a delegated administrator there is no other way into it."""
    needs = [check.need for check in checks(Needs(BY_ROOT), FROM_A_DELEGATE)]
    assert f"role RegionProofAudit can be assumed in account {MANAGEMENT_ACCOUNT_ID}" in needs
    assert "a root session can be opened in account 222222222222" in needs


def test_an_organization_without_another_account_has_no_sample() -> None:
    """Nothing can be said then."""
    (check,) = not_met(checks(Needs(AuditSettings()), replace(ALL_IS_THERE, entrances=(), no_sample=True)))
    assert check.state is CheckState.UNKNOWN


def test_security_hub_that_is_not_enabled_is_missing_and_stops_no_run() -> None:
    """Findings are told by SNS all the same; the cure names the Region."""
    (check,) = missing(Needs(AuditSettings()), replace(ALL_IS_THERE, security_hub=False))
    assert not check.stops
    assert "--region eu-central-1" in check.cure


def test_a_run_that_does_not_publish_there_does_not_look_at_security_hub() -> None:
    """Nothing is said of it."""
    found = checks(Needs(AuditSettings()), replace(ALL_IS_THERE, security_hub=None))
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
    (check,) = missing(Needs(AuditSettings(), deployment), ALL_IS_THERE)
    assert said in f"{check.need} {check.seen} {check.cure}"


def test_a_stack_set_needs_trusted_access_and_from_a_delegate_the_delegation() -> None:
    """Only where one is rolled out."""
    bare = replace(FROM_A_DELEGATE, trusted=frozenset(), delegated=frozenset())
    deployment = replace(ROLLED_OUT, account="delegated-administrator")
    assert [STACK_SETS in check.need for check in missing(Needs(AuditSettings(), deployment), bare)] == [True, True]
    assert missing(Needs(AuditSettings(), replace(deployment, roll_out_to=())), bare) == []
