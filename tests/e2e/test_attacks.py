"""Who tries to come in by the deployed member role, or to do more with it: each must fail."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.identities import Identity

from .stage import MANAGEMENT_ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .stage import Stage

pytestmark = pytest.mark.network

FUNCTION_ROLE = "RegionProofAuditFunction"
DENIALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
"""The words of AWS's services; the last is that of SNS."""

A_MEMBER, ANOTHER_MEMBER, OUTSIDE = "400000000001", "300000000001", "999999999999"
VICTIM = f"arn:aws:iam::{A_MEMBER}:role/RegionProofAudit"


def root_of(stage: Stage, account_id: str) -> Identity:
    """Return the root of an account."""
    return Identity(stage.deployment.aws.endpoint_url, account_id)


def a_role(stage: Stage, account_id: str, name: str) -> Identity:
    """Return a session of a role that its own account lets assume every role."""
    root = root_of(stage, account_id)
    with contextlib.suppress(root.client("iam").exceptions.EntityAlreadyExistsException):
        root.make_role(name, "sts:AssumeRole", account_id)
    return root.assume(f"arn:aws:iam::{account_id}:role/{name}")


def refusal(caller: Identity, service: str, operation: str, **request: Any) -> str:
    """Return the code with which a call was refused; fail where it was let through."""
    client = caller.client(service)
    with pytest.raises(client.exceptions.ClientError) as refused:
        getattr(client, operation)(**request)
    return str(refused.value.response["Error"]["Code"])


@pytest.mark.parametrize(
    ("account_id", "name"),
    [
        (MANAGEMENT_ACCOUNT_ID, "AnotherRole"),
        (MANAGEMENT_ACCOUNT_ID, f"{FUNCTION_ROLE}X"),
        (ANOTHER_MEMBER, FUNCTION_ROLE),
        (OUTSIDE, FUNCTION_ROLE),
    ],
    ids=["another role of the audit account", "a longer name", "the same name in a member", "the same name outside"],
)
def test_no_other_role_assumes_the_member_role(stage: Stage, account_id: str, name: str) -> None:
    """The trust is for one role of one account, within the organization."""
    caller = a_role(stage, account_id, name)
    assert refusal(caller, "sts", "assume_role", RoleArn=VICTIM, RoleSessionName="session") == "AccessDenied"


def test_the_root_of_the_audit_account_does_not_assume_it_either(stage: Stage) -> None:
    """The account is named in the trust, but only its one role may use it."""
    root = root_of(stage, MANAGEMENT_ACCOUNT_ID)
    assert refusal(root, "sts", "assume_role", RoleArn=VICTIM, RoleSessionName="session") == "AccessDenied"


def test_another_session_of_a_member_role_does_not_reach_the_next_member(stage: Stage) -> None:
    """A member role that was taken over opens no other account."""
    taken_over = in_the_member(stage)
    elsewhere = f"arn:aws:iam::{ANOTHER_MEMBER}:role/RegionProofAudit"
    assert refusal(taken_over, "sts", "assume_role", RoleArn=elsewhere, RoleSessionName="session") == "AccessDenied"


def in_the_member(stage: Stage) -> Identity:
    """Return a session of the member role as the function gets it: its own role, asked for by a trusting root."""
    root = root_of(stage, MANAGEMENT_ACCOUNT_ID)
    iam = root.client("iam")
    role = iam.get_role(RoleName=FUNCTION_ROLE)["Role"]
    trust = role["AssumeRolePolicyDocument"]
    mine = {"Effect": "Allow", "Principal": {"AWS": MANAGEMENT_ACCOUNT_ID}, "Action": "sts:AssumeRole"}
    opened = {**trust, "Statement": [*trust["Statement"], mine]}
    with _trusting(iam, opened, trust):
        function = root.assume(role["Arn"])
        return function.assume(VICTIM)


@contextlib.contextmanager
def _trusting(iam: Any, opened: dict[str, Any], before: dict[str, Any]) -> Iterator[None]:
    iam.update_assume_role_policy(RoleName=FUNCTION_ROLE, PolicyDocument=json.dumps(opened))
    try:
        yield
    finally:
        iam.update_assume_role_policy(RoleName=FUNCTION_ROLE, PolicyDocument=json.dumps(before))


def test_the_member_role_reads_what_it_is_for(stage: Stage) -> None:
    """Or the refusals below would prove nothing."""
    member = in_the_member(stage)
    assert member.client("iam").get_account_summary()["SummaryMap"]
    assert member.client("account").list_regions()["Regions"]


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("iam", "set_security_token_service_preferences", {"GlobalEndpointTokenVersion": "v2Token"}),
        ("iam", "list_users", {}),
        ("iam", "list_roles", {}),
        ("iam", "create_user", {"UserName": "intruder"}),
        ("account", "enable_region", {"RegionName": "ap-east-1"}),
        ("account", "disable_region", {"RegionName": "ap-east-1"}),
        ("account", "get_region_opt_status", {"RegionName": "ap-east-1"}),
        ("account", "list_regions", {"AccountId": ANOTHER_MEMBER}),
        ("sts", "assume_role", {"RoleArn": f"arn:aws:iam::{A_MEMBER}:role/Admin", "RoleSessionName": "session"}),
        ("s3", "list_buckets", {}),
        ("sns", "list_topics", {}),
        ("organizations", "list_accounts", {}),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_the_member_role_does_nothing_that_it_does_not_need(
    stage: Stage, service: str, operation: str, request_: dict[str, Any]
) -> None:
    """Two reads of its own account are all."""
    assert refusal(in_the_member(stage), service, operation, **request_) in DENIALS
