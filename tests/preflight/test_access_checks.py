"""The preflight of the ways into accounts: where the role goes, whether a sample is open, and what opens it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regionproof.domain.facts import ReadFailure
from regionproof.preflight.checks import checks, not_met, stop_if_missing
from regionproof.preflight.observed import (
    AT_WORK,
    IAM,
    NO_INSTANCE,
    NO_STACK_SET,
    AccessAttempt,
    Check,
    CheckState,
    OnlyFunctionCanTry,
    PreflightScope,
    SetupSnapshot,
    StackSetStatus,
)
from regionproof.settings.shape import AuditSettings, Deployment
from tests.support.builders import DENIED, MANAGEMENT_ACCOUNT_ID

from .test_checks import ALL_IS_THERE, BY_ROOT, EXISTING, FROM_A_DELEGATE, MANAGEMENT, MEMBER, REFUSED, ROLLED_OUT

A_RUN, A_PERSON = PreflightScope(AuditSettings()), PreflightScope(AuditSettings(), ROLLED_OUT)
NO_ROOT_SESSION = ReadFailure("sts:AssumeRoot", "AccessDenied", "User: x is not authorized to perform: sts:AssumeRoot")
BY_A_ROOT_USER = replace(NO_ROOT_SESSION, message="User: arn:aws:iam::1:root is not authorized to perform: …")
BY_A_POLICY = replace(DENIED, message=f"{DENIED.message} with an explicit deny in a service control policy")
BY_A_ROOT_ACCOUNT = replace(DENIED, message="Roles may not be assumed by root accounts.")
BY_THE_CALLER = replace(
    DENIED,
    message="User: arn:aws:sts::111111111111:assumed-role/Admin/jane is not authorized to perform: sts:AssumeRole on "
    "resource: arn:aws:iam::222222222222:role/Audit because no identity-based policy allows the sts:AssumeRole action",
)


def the_only(found: tuple[Check, ...], words: str) -> Check:
    """Return the check whose need has these words."""
    (check,) = (check for check in found if words in check.need)
    return check


def refused(needs: PreflightScope, failure: ReadFailure, **seen: object) -> Check:
    """Return the check of a sample member that was refused."""
    observed = replace(ALL_IS_THERE, ways_in=(AccessAttempt(MEMBER, failure),), **seen)  # type: ignore[arg-type]  # fields
    return the_only(checks(needs, observed), "in account 222222222222")


def test_a_closed_sample_account_is_told_and_stops_no_run() -> None:
    """It is that account's finding; the next account may be open."""
    found = checks(A_RUN, replace(ALL_IS_THERE, ways_in=(AccessAttempt(MEMBER, DENIED),)))
    stop_if_missing(found)
    (check,) = not_met(found)
    assert check.state is CheckState.MISSING
    assert check.need == "role RegionProofAudit can be assumed in account 222222222222"
    assert "failed with AccessDenied" in check.seen


@pytest.mark.parametrize(
    ("needs", "failure", "seen", "cure"),
    [
        (A_RUN, DENIED, {}, "among the instances of the StackSet RegionProofMemberRole"),
        (A_RUN, BY_A_POLICY, {}, "denies sts:AssumeRole to the audit's role: exempt the audit's role in that policy"),
        (A_RUN, BY_A_ROOT_ACCOUNT, {}, "run it as a role or an IAM user"),
        (A_RUN, BY_THE_CALLER, {}, "no policy of role Admin of account 111111111111, which runs the audit, allows"),
        (PreflightScope(EXISTING, ROLLED_OUT), DENIED, {}, "policy admit the audit account 111111111111"),
        (PreflightScope(BY_ROOT), BY_A_ROOT_USER, {}, "AWS lets no root user open root sessions"),
        (PreflightScope(BY_ROOT), NO_ROOT_SESSION, {"root_features": frozenset()}, "turn central root access on"),
        (
            PreflightScope(BY_ROOT),
            replace(NO_ROOT_SESSION, message="Root sessions feature is not enabled"),
            {},
            "turn central",
        ),
        (PreflightScope(BY_ROOT), NO_ROOT_SESSION, {"trusted": frozenset()}, "give IAM trusted access"),
        (PreflightScope(BY_ROOT), NO_ROOT_SESSION, {"delegated": frozenset()}, "a delegated administrator for IAM"),
        (PreflightScope(BY_ROOT), NO_ROOT_SESSION, {"delegated": REFUSED}, "AWS does not give a reason"),
        (PreflightScope(BY_ROOT), NO_ROOT_SESSION, {"delegated": frozenset({IAM})}, "AWS does not give a reason"),
        (
            PreflightScope(BY_ROOT),
            replace(BY_A_POLICY, call="sts:AssumeRoot"),
            {},
            "and root sessions too (condition key aws:AssumedRoot",
        ),
    ],
)
def test_a_refusal_has_the_cure_of_its_own_case(
    needs: PreflightScope, failure: ReadFailure, seen: dict[str, object], cure: str
) -> None:
    """And never sends to the preflight, which this is."""
    check = refused(needs, failure, **seen)
    assert check.state is CheckState.MISSING
    assert cure in check.remedy
    assert "preflight" not in check.remedy + check.seen


def test_the_management_account_s_own_role_is_deployed_by_hand() -> None:
    """From a delegated administrator, as no StackSet reaches it."""
    seen = replace(FROM_A_DELEGATE, ways_in=(AccessAttempt(MANAGEMENT, DENIED),))
    check = the_only(checks(A_RUN, seen), f"in account {MANAGEMENT_ACCOUNT_ID}")
    assert check.remedy.startswith("in that account: npx cdk deploy RegionProofMemberRole --parameters AuditRoleArn=")


def test_a_way_that_was_not_answered_is_neither_open_nor_closed() -> None:
    """A throttled call, or a network that is down."""
    check = refused(A_RUN, ReadFailure("sts:AssumeRole", "Throttling", "Rate exceeded"))
    assert check.state is CheckState.UNKNOWN
    assert "throttled" in check.remedy


def test_the_management_account_is_tried_by_role_in_root_mode_too() -> None:
    """From a delegated administrator there is no other way into it."""
    needs = [check.need for check in checks(PreflightScope(BY_ROOT), FROM_A_DELEGATE)]
    assert f"role RegionProofAudit can be assumed in account {MANAGEMENT_ACCOUNT_ID}" in needs
    assert "a root session can be opened in account 222222222222" in needs


def test_what_only_the_function_can_try_is_no_defect() -> None:
    """A role that the app makes trusts the function only: a person's refusal would say nothing."""
    found = checks(A_PERSON, replace(ALL_IS_THERE, ways_in=(OnlyFunctionCanTry(MEMBER),)))
    assert the_only(found, "in account 222222222222").state is CheckState.LATER
    assert not_met(found) == ()


@pytest.mark.parametrize(
    ("needs", "of_members", "at_the_top"),
    [
        (A_RUN, False, False),
        (A_PERSON, True, True),
        (PreflightScope(BY_ROOT, ROLLED_OUT), False, True),
        (PreflightScope(EXISTING, ROLLED_OUT), False, False),
    ],
)
def test_only_a_person_leaves_an_account_to_the_function(
    needs: PreflightScope, *, of_members: bool, at_the_top: bool
) -> None:
    """Where its role is one that the app makes."""
    assert needs.only_for_the_function(MEMBER) is of_members
    assert needs.only_for_the_function(MANAGEMENT) is at_the_top


@pytest.mark.parametrize(
    ("status", "state", "said"),
    [
        ("CURRENT", CheckState.MET, ""),
        (NO_STACK_SET, CheckState.LATER, "not deployed yet: eu-central-1 has no StackSet RegionProofMemberRole"),
        (AT_WORK, CheckState.LATER, "is at work there"),
        (NO_INSTANCE, CheckState.MISSING, "has no instance there"),
        ("OUTDATED", CheckState.MISSING, "is OUTDATED (a role of this name exists)"),
        (ReadFailure("cloudformation:ListStackInstances", "AccessDenied", "no"), CheckState.UNKNOWN, "AccessDenied"),
    ],
)
def test_what_the_stack_set_says_of_the_sample_is_told(status: str | ReadFailure, state: CheckState, said: str) -> None:
    """A person may look at it, though not assume the role."""
    reason = "a role of this name exists" if status == "OUTDATED" else ""
    found = checks(A_PERSON, replace(ALL_IS_THERE, ways_in=(StackSetStatus(MEMBER, status, reason),)))
    check = the_only(found, "role RegionProofAudit is rolled out to account 222222222222")
    assert check.state is state
    assert said in check.seen
    assert bool(check.remedy) is (state in {CheckState.MISSING, CheckState.UNKNOWN} or status == NO_STACK_SET)


def test_a_refusal_is_told_without_the_link_to_the_console() -> None:
    """The id by which IAM explains it stays."""
    tail = ". Go to https://us-east-1.console.aws.amazon.com/iam/home#/authorization-details/abc1 for complete details"
    check = refused(A_RUN, replace(BY_THE_CALLER, message=BY_THE_CALLER.message + tail))
    assert "https://" not in check.seen
    assert check.seen.endswith("allows the sts:AssumeRole action; authorization id abc1)")


def test_a_stack_set_that_an_opt_in_region_does_not_show_has_the_cause() -> None:
    """The caller's token is version 1, or the Region is off."""
    status = ReadFailure("cloudformation:ListStackInstances", "InvalidClientTokenId", "The security token is invalid")
    seen = replace(ALL_IS_THERE, identity=replace(ALL_IS_THERE.identity, region="ap-east-1"))
    check = the_only(checks(A_PERSON, replace(seen, ways_in=(StackSetStatus(MEMBER, status),))), "is rolled out to")
    assert check.remedy.startswith("ap-east-1 is an opt-in Region")


def test_without_a_sample_it_says_where_it_looked() -> None:
    """On the first page of the listing only."""
    (check,) = not_met(checks(A_RUN, replace(ALL_IS_THERE, ways_in=(), no_sample=True)))
    assert check.state is CheckState.UNKNOWN
    assert "the first page" in check.seen


def rolled_out_to(
    *targets: str, seen: SetupSnapshot = ALL_IS_THERE, settings: AuditSettings | None = None
) -> list[Check]:
    """Return what is not met where the settings roll the role out to these."""
    deployment: Deployment = replace(ROLLED_OUT, roll_out_to=targets)
    return list(not_met(checks(PreflightScope(settings or AuditSettings(), deployment), seen)))


@pytest.mark.parametrize("target", ["r-abcd", "r-zz99", "ou-ab12-99999999"])
def test_a_target_that_the_organization_lacks_is_missing(target: str) -> None:
    """The placeholder, or another organization's; the fix names the root."""
    (check,) = rolled_out_to("r-ab12", "ou-ab12-11111111", target)
    assert check.state is CheckState.MISSING
    assert check.need.startswith(target)
    assert check.remedy.startswith("set deployment.roll_out_to to [r-ab12], or to")


def test_an_empty_roll_out_is_missing_where_the_app_makes_the_role() -> None:
    """No account could be entered; other ways in need none."""
    (check,) = rolled_out_to()
    assert check.state is CheckState.MISSING
    assert "set deployment.roll_out_to to [r-ab12]" in check.remedy
    assert "RegionProofMemberRole" in check.remedy
    assert rolled_out_to(settings=EXISTING) == []
    assert rolled_out_to(settings=BY_ROOT) == []


def test_a_target_that_could_not_be_looked_up_is_unknown() -> None:
    """Roots and units each on their own."""
    found = rolled_out_to("r-ab12", "ou-ab12-11111111", seen=replace(ALL_IS_THERE, roots=REFUSED))
    assert [check.state for check in found] == [CheckState.UNKNOWN]
    assert "the id of your root" in found[0].cure


def test_a_role_that_is_there_already_has_its_own_fix_and_the_command_to_try_again() -> None:
    """https://github.com/aws-ia/terraform-aws-control_tower_account_factory/issues/465."""
    reason = (
        "ResourceLogicalId:MemberRole635DE2A4, ResourceType:AWS::IAM::Role, ResourceStatusReason:Resource of type "
        "'AWS::IAM::Role' with identifier 'RegionProofAudit' already exists."
    )
    ways_in = (StackSetStatus(MEMBER, "OUTDATED", reason, "us-east-1"),)
    check = the_only(checks(A_PERSON, replace(ALL_IS_THERE, ways_in=ways_in)), "is rolled out to")
    assert check.state is CheckState.MISSING
    assert reason in check.seen
    assert check.cure.startswith("free the name RegionProofAudit there, or set another member_role.name and deploy")
    assert check.commands == (
        (
            "aws cloudformation update-stack-instances --stack-set-name RegionProofMemberRole --call-as SELF "
            "--deployment-targets OrganizationalUnitIds=r-ab12,Accounts=222222222222,AccountFilterType=INTERSECTION "
            "--regions us-east-1 --region eu-central-1"
        ),
    )


def test_what_an_scp_does_to_root_sessions_is_for_later() -> None:
    """Only a run sees it, in each account; from a run itself it is not said."""
    check = the_only(checks(PreflightScope(BY_ROOT, ROLLED_OUT), ALL_IS_THERE), "no SCP denies")
    assert check.state is CheckState.LATER
    assert "aws:AssumedRoot" in check.seen
    assert not any("SCP" in check.need for check in checks(PreflightScope(BY_ROOT), ALL_IS_THERE))
