"""sts:AssumeRoot: who may open a root session in a member, and the limits of that session."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from emulator.faults.fault import Fault
from emulator.http.aws_errors import access_denied
from emulator.services.organizations.delegated_administrator import IAM, delegate
from tests.emulator.identities import AUDIT, AUDIT_TASK, MANAGEMENT, MEMBER, Identity, document, refused

if TYPE_CHECKING:
    from emulator.process import LocalAws

pytestmark = pytest.mark.network

BLOCKED, WITHOUT_ROLE, SUSPENDED, OUTSIDE = "400000000010", "600000000004", "700000000001", "999999999999"
TASKS = AUDIT_TASK.rpartition("/")[0]
TOO_LONG = (
    "1 validation error detected: Value '901' at 'durationSeconds' failed to satisfy constraint: "
    "Member must have value less than or equal to 900"
)
ALLOWED = {
    "get_account_summary": {},
    "list_access_keys": {},
    "list_signing_certificates": {},
    "list_mfa_devices": {},
    "get_login_profile": {},
    "get_user": {},
    "get_access_key_last_used": {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"},
}
DENIED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("account", "list_regions", {}),
    ("cloudformation", "list_stacks", {}),
    ("ec2", "describe_regions", {}),
    ("iam", "list_roles", {}),
    ("iam", "list_open_id_connect_providers", {}),
    ("iam", "list_access_keys", {"UserName": "tester"}),
    ("iam", "get_user", {"UserName": "tester"}),
    ("iam", "set_security_token_service_preferences", {"GlobalEndpointTokenVersion": "v2Token"}),
    ("kms", "list_keys", {}),
    ("lambda", "list_functions", {}),
    ("organizations", "describe_organization", {}),
    ("s3", "list_buckets", {}),
    ("securityhub", "describe_hub", {}),
    ("sns", "list_topics", {}),
    ("sqs", "list_queues", {}),
    ("sts", "assume_role", {"RoleArn": f"arn:aws:iam::{MEMBER}:role/Any", "RoleSessionName": "session"}),
)


@pytest.fixture
def auditor(management: Identity) -> Identity:
    """Return a session of a management account role that may only assume root for the audit task."""
    return auditor_in(management, MANAGEMENT)


def auditor_in(owner: Identity, account_id: str, target: str = "*") -> Identity:
    """Create a role that may only assume root for the audit task, in one target or all. Return its session."""
    allowed = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoot",
        "Resource": f"arn:aws:iam::{target}:root",
        "Condition": {"StringEquals": {"sts:TaskPolicyArn": AUDIT_TASK}},
    }
    role = owner.make_role("Auditor", [], account_id)
    owner.client("iam").put_role_policy(RoleName="Auditor", PolicyName="audit", PolicyDocument=document(allowed))
    return owner.assume(role)


def refusal(caller: Identity, target: str, task: str = AUDIT_TASK, **more: int) -> tuple[str, int, str]:
    """Call AssumeRoot, which must be refused, and return the error's code, status and message."""
    sts = caller.client("sts")
    denied = refused(sts, "assume_root", TargetPrincipal=target, TaskPolicyArn={"arn": task}, **more)
    return denied.code, denied.status, denied.message


def not_authorized(caller: Identity, target: str) -> tuple[str, int, str]:
    """Return the refusal without a reason."""
    arn = caller.client("sts").get_caller_identity()["Arn"]
    return (
        "AccessDenied",
        403,
        f"User: {arn} is not authorized to perform: sts:AssumeRoot on resource: arn:aws:iam::{target}:root",
    )


@pytest.mark.parametrize("target", [MEMBER, f"arn:aws:iam::{MEMBER}:root"])
def test_the_session_is_the_members_root(target: str, auditor: Identity) -> None:
    """The target can be an account id or an ARN, and the account summary is that of the member."""
    session = auditor.assume_root(target)

    identity = session.client("sts").get_caller_identity()
    summary = session.client("iam").get_account_summary()["SummaryMap"]

    assert (identity["Account"], identity["Arn"]) == (MEMBER, f"arn:aws:iam::{MEMBER}:root")
    assert summary["GlobalEndpointTokenVersion"] == 1


def test_the_audit_task_allows_the_seven_actions_that_aws_lists(auditor: Identity) -> None:
    """The service answers each call, or does not find the resource, but does not deny it."""
    iam = auditor.assume_root(MEMBER).client("iam")
    denied = []
    for operation, parameters in ALLOWED.items():
        try:
            getattr(iam, operation)(**parameters)
        except iam.exceptions.ClientError as error:
            denied += [operation] if error.response["Error"]["Code"] == "AccessDenied" else []

    assert denied == []


@pytest.mark.parametrize(("service", "operation", "parameters"), DENIED, ids=lambda value: str(value)[:40])
def test_the_audit_task_denies_everything_else(
    service: str, operation: str, parameters: dict[str, Any], auditor: Identity
) -> None:
    """This includes the Regions of the account and the credentials of its users."""
    denied = refused(auditor.assume_root(MEMBER).client(service), operation, **parameters)

    assert "Denied" in denied.code or denied.code in {"UnauthorizedOperation", "AuthorizationError"}
    assert denied.message.endswith("with an explicit deny in a session policy")


def test_one_session_does_not_lead_to_the_next(auditor: Identity) -> None:
    """A root session in one account opens no other account."""
    session = auditor.assume_root(MEMBER)

    assert refusal(session, AUDIT) == not_authorized(session, AUDIT)


def test_the_root_user_itself_is_not_limited(member: Identity) -> None:
    """It may do things that a root session may not."""
    assert member.client("account").list_regions()["Regions"]


def test_the_permission_can_be_limited_to_one_task_and_target(management: Identity, auditor: Identity) -> None:
    """A policy can name sts:TaskPolicyArn and the ARN of the root user."""
    management.client("iam").enable_organizations_root_sessions()
    other_task = f"{TASKS}/S3UnlockBucketPolicy"
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRoot", "Resource": f"arn:aws:iam::{AUDIT}:root"}
    management.make_role("Narrow", [], MANAGEMENT)
    management.client("iam").put_role_policy(
        RoleName="Narrow", PolicyName="audit", PolicyDocument=json.dumps({"Statement": [allowed]})
    )
    narrow = management.assume(f"arn:aws:iam::{MANAGEMENT}:role/Narrow")

    assert refusal(auditor, MEMBER, other_task) == not_authorized(auditor, MEMBER)
    assert refusal(narrow, MEMBER) == not_authorized(narrow, MEMBER)
    assert narrow.assume_root(AUDIT, other_task).client("sts").get_caller_identity()["Account"] == AUDIT


def test_the_delegated_administrator_of_iam_may_and_another_member_may_not(
    management: Identity, audit: Identity
) -> None:
    """The delegated administrator of another service may not either."""
    organizations = management.client("organizations")
    auditor = auditor_in(audit, AUDIT)
    delegate(organizations, AUDIT, "account.amazonaws.com")
    before = refusal(auditor, MEMBER)

    delegate(organizations, AUDIT, IAM)

    assert before == not_authorized(auditor, MEMBER)
    assert auditor.assume_root(MEMBER).client("iam").get_account_summary()["SummaryMap"]


@pytest.mark.parametrize("target", [MANAGEMENT, OUTSIDE, SUSPENDED])
def test_only_an_active_member_can_be_the_target(target: str, auditor: Identity) -> None:
    """The management account, an outside account and a closed account are refused."""
    assert refusal(auditor, target) == not_authorized(auditor, target)


def test_an_account_outside_cannot_assume_a_members_root(aws: LocalAws) -> None:
    """The permissions of its own roles do not matter."""
    outsider = auditor_in(Identity(aws.endpoint_url, OUTSIDE), OUTSIDE)

    assert refusal(outsider, MEMBER) == not_authorized(outsider, MEMBER)


def test_the_root_user_cannot_assume_root(management: Identity) -> None:
    """AWS requires a role or an IAM user."""
    assert refusal(management, MEMBER) == not_authorized(management, MEMBER)


def test_trusted_access_and_the_feature_are_required(management: Identity, auditor: Identity) -> None:
    """The refusal names the missing one. Existing sessions stay valid."""
    session = auditor.assume_root(MEMBER)
    iam, organizations = management.client("iam"), management.client("organizations")

    iam.disable_organizations_root_credentials_management()
    without_feature = refusal(auditor, MEMBER)
    organizations.disable_aws_service_access(ServicePrincipal=IAM)
    without_access = refusal(auditor, MEMBER)

    reason = "Root credentials management feature is not enabled for your AWS Organization."
    assert without_feature == ("AccessDenied", 403, reason)
    assert without_access == ("AccessDenied", 403, "Service not enabled for AWS Organizations.")
    assert session.client("iam").get_account_summary()["SummaryMap"]


@pytest.mark.parametrize(
    ("target", "task", "seconds", "message"),
    [
        (f"arn:aws:iam::{MEMBER}:user/tester", AUDIT_TASK, 900, "Request must contain a valid target principal"),
        (f"arn:aws:iam::{MEMBER}", AUDIT_TASK, 900, "Request must contain a valid target principal"),
        (
            MEMBER,
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            900,
            "Request must contain valid AWS managed task policy ARN",
        ),
        (
            MEMBER,
            AUDIT_TASK,
            901,
            TOO_LONG,
        ),
    ],
)
def test_an_invalid_request_is_refused_with_the_reason(
    target: str, task: str, seconds: int, message: str, management: Identity
) -> None:
    """The messages are those of AWS."""
    caller = management.make_user("tester", "*")

    assert refusal(caller, target, task, DurationSeconds=seconds) == ("ValidationError", 400, message)


def test_a_task_must_be_named(management: Identity) -> None:
    """A session without a task policy is refused."""
    denied = refused(management.make_user("tester", "*").client("sts"), "assume_root", TargetPrincipal=MEMBER)

    problem = "Value null at 'taskPolicyArn' failed to satisfy constraint: Member must not be null"
    assert (denied.code, denied.message) == ("ValidationError", f"1 validation error detected: {problem}")


def test_the_global_endpoint_does_not_know_the_operation(management: Identity) -> None:
    """Only Regional endpoints do."""
    sts = management.make_user("tester", "*").global_sts()

    denied = refused(sts, "assume_root", TargetPrincipal=MEMBER, TaskPolicyArn={"arn": AUDIT_TASK})

    assert (denied.code, denied.message, denied.status) == ("InvalidAction", "Unknown Operation", 400)


def test_a_session_expires(auditor: Identity) -> None:
    """A session of 0 seconds expires at once."""
    session = auditor.assume_root(MEMBER, DurationSeconds=0)
    time.sleep(0.01)

    assert refused(session.client("iam"), "get_account_summary").code == "ExpiredToken"


def test_a_service_control_policy_limits_a_root_session_and_a_missing_role_does_not(auditor: Identity) -> None:
    """The sample has an account of each kind."""
    denied = refused(auditor.assume_root(BLOCKED).client("iam"), "get_account_summary")
    summary = auditor.assume_root(WITHOUT_ROLE).client("iam").get_account_summary()["SummaryMap"]

    assert denied.message.endswith("with an explicit deny in a service control policy")
    assert summary["GlobalEndpointTokenVersion"] == 2


def test_the_log_distinguishes_a_root_session_from_the_root_user(
    aws: LocalAws, auditor: Identity, member: Identity
) -> None:
    """Both have the same ARN."""
    before = aws.calls()[-1]["number"]
    auditor.assume_root(MEMBER).client("iam").get_account_summary()
    member.client("iam").get_account_summary()

    calls = [(call["action"], call["account"], call["target"], call["assumed_root"]) for call in aws.calls(before)]

    assert calls == [
        ("sts:AssumeRoot", MANAGEMENT, MEMBER, False),
        ("iam:GetAccountSummary", MEMBER, None, True),
        ("iam:GetAccountSummary", MEMBER, None, False),
    ]


def test_a_fault_hits_the_account_whose_root_is_assumed(aws: LocalAws, auditor: Identity) -> None:
    """Other accounts are not hit."""
    with aws.inject(Fault("sts:AssumeRoot", access_denied("sts:AssumeRoot"), account=MEMBER)):
        hit = refused(auditor.client("sts"), "assume_root", TargetPrincipal=MEMBER, TaskPolicyArn={"arn": AUDIT_TASK})
        spared = auditor.assume_root(AUDIT)

    assert hit.message.endswith("is not authorized to perform: sts:AssumeRoot on resource: *")
    assert spared.client("sts").get_caller_identity()["Account"] == AUDIT
