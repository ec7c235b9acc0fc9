"""Who tries to come in by the deployed member role, or to do more with a session of the audit: each must fail."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.credentials import Credentials

from emulator.services.iam.access_role import NAME as ADMINISTRATOR
from regionproof.aws.member_access import RoleAccess
from regionproof.domain.report import Identity as Auditor
from regionproof.probes import all_probes
from regionproof.settings.shape import MemberRole
from tests.emulator.identities import Identity
from tests.support.builders import an_account

from .expected import expectation
from .stage import MANAGEMENT_ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .stage import Stage

pytestmark = pytest.mark.network

FUNCTION_ROLE, MEMBER_ROLE = "RegionProofAuditFunction", "RegionProofAudit"
DENIALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
"""The words of AWS's services; the last is that of SNS."""

A_MEMBER, ANOTHER_MEMBER, OUTSIDE = "400000000001", "300000000001", "999999999999"
VICTIM = f"arn:aws:iam::{A_MEMBER}:role/{MEMBER_ROLE}"
BEYOND_TWO_READS: tuple[tuple[str, str, dict[str, Any]], ...] = (
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
)
"""Service, operation and request of what no session of the audit may do in a member."""

beyond_two_reads = pytest.mark.parametrize(
    ("service", "operation", "request_"), BEYOND_TWO_READS, ids=[f"{case[0]}:{case[1]}" for case in BEYOND_TWO_READS]
)


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
    elsewhere = f"arn:aws:iam::{ANOTHER_MEMBER}:role/{MEMBER_ROLE}"
    assert refusal(taken_over, "sts", "assume_role", RoleArn=elsewhere, RoleSessionName="session") == "AccessDenied"


def test_an_audit_account_that_left_the_organization_does_not_come_in(stage: Stage) -> None:
    """The trust names the organization: with the id of another one in its place the function itself is refused."""
    function = the_function(stage)
    iam = root_of(stage, A_MEMBER).client("iam")
    mine = expectation().settings["deployment"]["organization_id"]
    with trusting(iam, MEMBER_ROLE, lambda trust: json.loads(json.dumps(trust).replace(mine, "o-ofsomeoneelse"))):
        assert refusal(function, "sts", "assume_role", RoleArn=VICTIM, RoleSessionName="session") == "AccessDenied"
    assert_it_reads(function.assume(VICTIM))


def the_function(stage: Stage) -> Identity:
    """Return a session of the function's own role, which for a moment trusts the root of its account."""
    root = root_of(stage, MANAGEMENT_ACCOUNT_ID)
    mine = {"Effect": "Allow", "Principal": {"AWS": MANAGEMENT_ACCOUNT_ID}, "Action": "sts:AssumeRole"}
    with trusting(root.client("iam"), FUNCTION_ROLE, lambda trust: {**trust, "Statement": [*trust["Statement"], mine]}):
        return root.assume(f"arn:aws:iam::{MANAGEMENT_ACCOUNT_ID}:role/{FUNCTION_ROLE}")


@contextlib.contextmanager
def trusting(iam: Any, role: str, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> Iterator[None]:
    """Change the trust policy of a role, and put it back."""
    before = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(changed(before)))
    try:
        yield
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(before))


def in_the_member(stage: Stage) -> Identity:
    """Return a session of the member role as the function gets it, but limited by the role's own policy only."""
    return the_function(stage).assume(VICTIM)


def test_the_member_role_reads_what_it_is_for(stage: Stage) -> None:
    """Or the refusals below would prove nothing."""
    assert_it_reads(in_the_member(stage))


@beyond_two_reads
def test_the_member_role_does_nothing_that_it_does_not_need(
    stage: Stage, service: str, operation: str, request_: dict[str, Any]
) -> None:
    """Two reads of its own account are all."""
    assert refusal(in_the_member(stage), service, operation, **request_) in DENIALS


def by_an_administrator_role(stage: Stage) -> Identity:
    """Return the session that the audit gets by OrganizationAccountAccessRole, as a person or the function."""
    person = a_role(stage, MANAGEMENT_ACCOUNT_ID, "Person")
    auditor = Auditor(MANAGEMENT_ACCOUNT_ID, "aws", "us-east-1")
    role = MemberRole(name=ADMINISTRATOR, existing=True)
    access = RoleAccess(person.client("sts"), auditor, Credentials("unused", "unused"), role, all_probes())
    key, secret, token, _ = access.access_to(an_account(A_MEMBER)).enter()
    assert key
    assert secret
    return Identity(person.endpoint_url, key, secret, token)


def test_a_session_by_an_administrator_role_reads_what_it_is_for(stage: Stage) -> None:
    """It is one of the role that may do everything, or the refusals below would prove nothing."""
    session = by_an_administrator_role(stage)
    assert f"assumed-role/{ADMINISTRATOR}/" in session.client("sts").get_caller_identity()["Arn"]
    assert_it_reads(session)
    itself = a_role(stage, MANAGEMENT_ACCOUNT_ID, "Person").assume(f"arn:aws:iam::{A_MEMBER}:role/{ADMINISTRATOR}")
    assert itself.client("iam").list_roles()["Roles"]


@beyond_two_reads
def test_a_session_by_an_administrator_role_does_nothing_that_it_does_not_need(
    stage: Stage, service: str, operation: str, request_: dict[str, Any]
) -> None:
    """The audit asks AWS to narrow it to the same two reads."""
    assert refusal(by_an_administrator_role(stage), service, operation, **request_) in DENIALS


def assert_it_reads(session: Identity) -> None:
    """Read both facts of the session's own account."""
    assert session.client("iam").get_account_summary()["SummaryMap"]
    assert session.client("account").list_regions()["Regions"]
