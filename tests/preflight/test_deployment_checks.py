"""The preflight of the deployment: what CloudFormation would refuse, and who would get no mail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from regionproof.domain import fixed_names
from regionproof.domain.facts import ReadFailure
from regionproof.preflight import deployed
from regionproof.preflight.checks import checks, not_met
from regionproof.preflight.deployed import DeployedStack, StackNeeds
from regionproof.preflight.observed import Check, CheckState, PreflightScope
from regionproof.settings.shape import Alerts, AuditSettings, Deployment

from .test_checks import ALL_IS_THERE, ROLLED_OUT

FINDINGS, OPERATIONS = "arn:aws:sns:eu-central-1:111111111111:F", "arn:aws:sns:eu-central-1:111111111111:O"
SUBSCRIBED = f"{FINDINGS}:1a2b"
ALERTS = Alerts(emails=("jane@example.com",))
DENIED = ReadFailure("ssm:GetParameter", "AccessDeniedException", "x is not authorized to perform: ssm:GetParameter")

DEPLOYED = DeployedStack(
    status="UPDATE_COMPLETE",
    outputs={"FindingsTopicArn": FINDINGS, "OperationsTopicArn": OPERATIONS},
    bootstrap=21,
    subscriptions={FINDINGS: {"jane@example.com": SUBSCRIBED}, OPERATIONS: {"jane@example.com": SUBSCRIBED}},
)
NOT_DEPLOYED = DeployedStack(status=deployed.NO_STACK, taken={fixed_names.ROLE: frozenset()}, bootstrap=6)


def unmet(stack: DeployedStack, deployment: Deployment = ROLLED_OUT, **needs: Any) -> list[Check]:
    """Return what is not met if this was seen of the stack."""
    wanted = PreflightScope(AuditSettings(), deployment, stack=StackNeeds(alerts=needs.pop("alerts", ALERTS), **needs))
    return list(not_met(checks(wanted, replace(ALL_IS_THERE, stack=stack))))


def the_one(stack: DeployedStack, deployment: Deployment = ROLLED_OUT, **needs: Any) -> Check:
    """Return the only check that is not met."""
    (check,) = unmet(stack, deployment, **needs)
    return check


def later(stack: DeployedStack, deployment: Deployment = ROLLED_OUT) -> list[Check]:
    """Return what can be seen only later."""
    wanted = PreflightScope(AuditSettings(), deployment, stack=StackNeeds(alerts=ALERTS))
    found = checks(wanted, replace(ALL_IS_THERE, stack=stack))
    return [check for check in found if check.state is CheckState.LATER]


@pytest.mark.parametrize("stack", [DEPLOYED, NOT_DEPLOYED], ids=["deployed", "not deployed"])
def test_a_sound_deployment_is_met_before_and_after(stack: DeployedStack) -> None:
    """Nothing is missing and nothing unknown."""
    assert unmet(stack) == []


def test_a_run_says_nothing_of_the_deployment() -> None:
    """Its role has no right to look at it."""
    found = checks(PreflightScope(AuditSettings()), replace(ALL_IS_THERE, stack=None))
    assert not any("stack" in check.need or "bootstrap" in check.need for check in found)


@pytest.mark.parametrize(("version", "said"), [(0, "there is none"), (5, "it has version 5")])
def test_a_missing_or_old_bootstrap_is_missing_with_its_command(version: int, said: str) -> None:
    """The template refuses every version before 6: https://github.com/aws/aws-cdk-cli/issues/817."""
    check = the_one(replace(DEPLOYED, bootstrap=version))
    assert (check.state, check.seen) == (CheckState.MISSING, said)
    assert check.commands == ("npx cdk bootstrap aws://111111111111/eu-central-1",)


def test_a_bootstrap_with_a_qualifier_is_looked_for_by_it() -> None:
    """The command makes one with that qualifier."""
    check = the_one(replace(DEPLOYED, bootstrap=0), qualifier="accel")
    assert "with the qualifier accel in 111111111111, eu-central-1" in check.need
    assert check.commands == ("npx cdk bootstrap aws://111111111111/eu-central-1 --qualifier accel",)


def test_a_bootstrap_that_may_not_be_read_is_unknown_with_the_right_to_ask_for() -> None:
    """Never green."""
    check = the_one(replace(DEPLOYED, bootstrap=DENIED))
    assert check.state is CheckState.UNKNOWN
    assert check.cure == "allow ssm:GetParameter to the caller"


@pytest.mark.parametrize(
    ("status", "operation"),
    [
        ("DELETE_FAILED", "delete-stack"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("IMPORT_ROLLBACK_FAILED", "describe-stack-events"),
    ],
)
def test_a_stack_that_cloudformation_does_not_change_is_missing(status: str, operation: str) -> None:
    """With the operation that makes it changeable."""
    check = the_one(replace(DEPLOYED, status=status))
    assert check.state is CheckState.MISSING
    assert check.commands == (f"aws cloudformation {operation} --stack-name RegionProof --region eu-central-1",)


def test_a_stack_that_is_being_changed_is_for_later() -> None:
    """Neither green nor a defect."""
    (check,) = later(replace(DEPLOYED, status="UPDATE_IN_PROGRESS"))
    assert "UPDATE_IN_PROGRESS" in check.seen
    assert unmet(replace(DEPLOYED, status="UPDATE_IN_PROGRESS")) == []


@pytest.mark.parametrize("status", sorted(deployed.NOT_MADE_YET))
def test_what_is_left_of_a_failed_first_deployment_is_no_stack(status: str) -> None:
    """The CDK deletes it; its topics are not asked about."""
    assert unmet(replace(DEPLOYED, status=status, subscriptions={})) == []


def test_a_stack_that_could_not_be_described_leaves_its_mail_unknown_as_well() -> None:
    """A topic may be there."""
    stack = DeployedStack(status=replace(DENIED, call="cloudformation:DescribeStacks"), owned=DENIED, bootstrap=6)
    found = unmet(stack)
    assert {check.state for check in found} == {CheckState.UNKNOWN}
    assert [check.need for check in found] == [
        "the stack RegionProof can be created or updated",
        "the names that the stack fixes are its own, or free",
        "each address gets the mail on findings",
        "each address gets the mail on alarms",
    ]


@pytest.mark.parametrize(
    ("kind", "name", "command"),
    [
        (
            fixed_names.ROLE,
            "RegionProofAuditFunction",
            "describe-stack-resources --physical-resource-id RegionProofAuditFunction --region eu-central-1",
        ),
        (
            fixed_names.ALARM,
            "RegionProof dead letters",
            "describe-stack-resources --physical-resource-id 'RegionProof dead letters' --region eu-central-1",
        ),
        (
            fixed_names.STATE_MACHINE,
            "RegionProof",
            (
                "describe-stack-resources --physical-resource-id "
                "arn:aws:states:eu-central-1:111111111111:stateMachine:RegionProof --region eu-central-1"
            ),
        ),
        (
            fixed_names.STACK_SETS,
            "RegionProofMemberRole",
            "describe-stack-set --stack-set-name RegionProofMemberRole --call-as SELF --region eu-central-1",
        ),
    ],
)
def test_a_name_that_is_taken_is_missing_with_the_command_that_names_its_owner(
    kind: str, name: str, command: str
) -> None:
    """CloudFormation would say «already exists», and roll back."""
    check = the_one(replace(NOT_DEPLOYED, taken={kind: frozenset({name})}))
    assert (check.state, check.seen) == (CheckState.MISSING, f"there is already {name}")
    assert check.commands == (f"aws cloudformation {command}",)


def test_names_that_could_not_be_looked_up_are_unknown() -> None:
    """Each kind on its own."""
    check = the_one(replace(NOT_DEPLOYED, taken={fixed_names.ROLE: DENIED, fixed_names.ALARM: frozenset()}))
    assert (check.state, check.need) == (CheckState.UNKNOWN, "no other role has a name that the stack fixes")


STACK_HAS = {fixed_names.ROLE: frozenset({"RegionProofAuditFunction"})}


@pytest.mark.parametrize(
    ("deployment", "owned", "roles"),
    [
        (ROLLED_OUT, {}, ("RegionProofAuditFunction",)),
        (ROLLED_OUT, STACK_HAS, ()),
        (replace(ROLLED_OUT, account="delegated-administrator"), {}, ("RegionProofAuditFunction", "RegionProofAudit")),
        (
            replace(ROLLED_OUT, account="delegated-administrator"),
            {fixed_names.STACK_SETS: frozenset({"RegionProofMemberRole"})},
            ("RegionProofAuditFunction",),
        ),
    ],
    ids=["first", "again", "a delegate, first", "a delegate, again"],
)
def test_only_names_that_the_stack_fixes_and_does_not_have_must_be_free(
    deployment: Deployment, owned: dict[str, frozenset[str]], roles: tuple[str, ...]
) -> None:
    """A StackSet of a delegated administrator also makes the member role in that account, and in no management one."""
    needs = PreflightScope(AuditSettings(), deployment, stack=StackNeeds(alerts=ALERTS))
    assert needs.names_to_be_free(owned).get(fixed_names.ROLE, ()) == roles


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (deployed.PENDING, "jane@example.com: not confirmed"),
        (deployed.DELETED, "jane@example.com: unsubscribed"),
        (None, "jane@example.com: no subscription"),
    ],
)
def test_an_address_that_gets_no_mail_is_missing_with_the_command_to_subscribe_again(
    state: str | None, said: str
) -> None:
    """AWS forgets what no one confirmed, and no deployment notices."""
    found = {"jane@example.com": state} if state else {}
    check = the_one(replace(DEPLOYED, subscriptions={**DEPLOYED.subscriptions, OPERATIONS: found}))
    assert check.state is CheckState.MISSING
    assert check.need == "each address gets the mail on alarms"
    assert said in check.seen
    assert check.commands == (
        (
            f"aws sns subscribe --topic-arn {OPERATIONS} --protocol email --notification-endpoint jane@example.com "
            "--region eu-central-1"
        ),
    )


def test_alarms_go_to_addresses_of_their_own_if_the_settings_name_any() -> None:
    """And then not to those of the findings."""
    alerts = replace(ALERTS, operations_emails=("Ops@example.com",))
    check = the_one(DEPLOYED, alerts=alerts)
    assert check.seen.startswith("Ops@example.com: no subscription")
    seen = {FINDINGS: {"jane@example.com": SUBSCRIBED}, OPERATIONS: {"ops@example.com": SUBSCRIBED}}
    assert unmet(replace(DEPLOYED, subscriptions=seen), alerts=alerts) == []


def test_subscriptions_that_may_not_be_listed_are_unknown() -> None:
    """Each topic on its own."""
    refused = replace(DENIED, call="sns:ListSubscriptionsByTopic", code="AuthorizationError")
    check = the_one(replace(DEPLOYED, subscriptions={**DEPLOYED.subscriptions, FINDINGS: refused}))
    assert (check.state, check.need) == (CheckState.UNKNOWN, "each address gets the mail on findings")


def test_before_the_deployment_mail_is_for_later_and_without_addresses_no_matter() -> None:
    """AWS sends the mail to confirm when the stack is made."""
    assert [check.need for check in later(NOT_DEPLOYED)] == [
        "each address gets the mail on findings",
        "each address gets the mail on alarms",
    ]
    without = PreflightScope(AuditSettings(), ROLLED_OUT, stack=StackNeeds(alerts=Alerts()))
    found = checks(without, replace(ALL_IS_THERE, stack=NOT_DEPLOYED))
    assert not any("mail" in check.need for check in found)


@pytest.mark.parametrize(
    ("bucket", "state"),
    [
        (deployed.OWN_BUCKET, CheckState.LATER),
        (deployed.NO_BUCKET, CheckState.LATER),
        (deployed.BUCKET_ELSEWHERE, CheckState.MISSING),
        (ReadFailure("s3:HeadBucket", "403", "Forbidden"), CheckState.UNKNOWN),
    ],
)
def test_the_bucket_that_the_settings_name_can_be_adopted_or_not(bucket: str | ReadFailure, state: CheckState) -> None:
    """A bucket of another account cannot, and AWS does not say whose it is."""
    deployment = replace(ROLLED_OUT, ledger_bucket="regionproof-ledger")
    needs = PreflightScope(AuditSettings(), deployment, stack=StackNeeds(alerts=Alerts()))
    found = checks(needs, replace(ALL_IS_THERE, stack=replace(NOT_DEPLOYED, bucket=bucket)))
    (check,) = (check for check in found if "ledger_bucket" in check.need)
    assert check.state is state
    adopts = check.commands == ("npx cdk deploy RegionProof --import-existing-resources",)
    assert adopts is (bucket == deployed.OWN_BUCKET)
