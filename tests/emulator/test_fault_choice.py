"""The choice of the calls that a fault hits, before or after the service has done its work."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from emulator.faults.fault import ConnectionReset, Fault, Hang
from emulator.faults.injection import TooFewHits
from emulator.http.aws_errors import internal_failure, throttled
from tests.emulator.identities import AUDIT, MEMBER, Identity, refused

if TYPE_CHECKING:
    from emulator.process import LocalAws

pytestmark = pytest.mark.network

SUMMARY = "iam:GetAccountSummary"


def outcomes_of(client: Any, times: int) -> list[str]:
    """Call GetAccountSummary this many times. Return the error code of each call, or "ok"."""
    ends = []
    for _ in range(times):
        try:
            client.get_account_summary()
        except ClientError as error:
            ends.append(str(error.response["Error"]["Code"]))
        else:
            ends.append("ok")
    return ends


def test_without_a_limit_every_call_is_hit(aws: LocalAws, member: Identity) -> None:
    """Calls of other actions are not."""
    aws.inject(Fault(SUMMARY, throttled(SUMMARY)))

    assert outcomes_of(member.client("iam"), 3) == ["Throttling"] * 3
    assert member.client("iam").list_roles()["Roles"]


def test_a_fault_can_skip_calls_and_end_after_some(aws: LocalAws, member: Identity) -> None:
    """`skip` calls pass first, then `times` calls are hit."""
    injection = aws.inject(Fault(SUMMARY, throttled(SUMMARY), skip=1, times=2))

    assert outcomes_of(member.client("iam"), 5) == ["ok", "Throttling", "Throttling", "ok", "ok"]
    assert (injection.matched(), injection.injected()) == (5, 2)


def test_a_fault_can_be_limited_to_an_account(aws: LocalAws, member: Identity, audit: Identity) -> None:
    """By default, this is the caller's account."""
    aws.inject(Fault(SUMMARY, throttled(SUMMARY), account=MEMBER))

    assert outcomes_of(member.client("iam"), 1) == ["Throttling"]
    assert outcomes_of(audit.client("iam"), 1) == ["ok"]


def test_for_assume_role_the_account_is_that_of_the_role(aws: LocalAws, management: Identity) -> None:
    """The caller's account does not matter."""
    aws.inject(Fault("sts:AssumeRole", throttled("sts:AssumeRole"), account=MEMBER))
    sts = management.client("sts")
    ends = {}
    for account in (AUDIT, MEMBER):
        role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
        try:
            ends[account] = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"] and "ok"
        except ClientError as error:
            ends[account] = str(error.response["Error"]["Code"])

    assert ends == {AUDIT: "ok", MEMBER: "Throttling"}


def test_for_account_management_the_account_is_the_named_one(aws: LocalAws, management: Identity) -> None:
    """Without AccountId, it is the caller's account."""
    aws.inject(Fault("account:ListRegions", throttled("account:ListRegions"), account=MEMBER))
    account = management.client("account")

    assert refused(account, "list_regions", AccountId=MEMBER).code == "TooManyRequestsException"
    assert account.list_regions()["Regions"]


def test_the_account_of_a_role_session_is_that_of_the_role(aws: LocalAws, management: Identity) -> None:
    """The account that has assumed the role does not matter."""
    session = management.assume(f"arn:aws:iam::{MEMBER}:role/OrganizationAccountAccessRole")
    aws.inject(Fault(SUMMARY, throttled(SUMMARY), account=MEMBER))

    assert outcomes_of(session.client("iam"), 1) == ["Throttling"]
    assert outcomes_of(management.client("iam"), 1) == ["ok"]


@pytest.mark.parametrize("action", ["iam:*", "*", "iam:Get*"])
def test_an_action_can_have_wildcards(action: str, aws: LocalAws, member: Identity) -> None:
    """A pattern can match a whole service or all services."""
    aws.inject(Fault(action, internal_failure(SUMMARY)))

    assert outcomes_of(member.client("iam"), 1) == ["ServiceFailure"]


def test_the_first_fault_that_is_due_hits(aws: LocalAws, member: Identity) -> None:
    """The next fault waits until the first has hit all its calls."""
    aws.inject(Fault(SUMMARY, throttled(SUMMARY), times=1), Fault(SUMMARY, internal_failure(SUMMARY), times=1))

    assert outcomes_of(member.client("iam"), 3) == ["Throttling", "ServiceFailure", "ok"]


def test_by_default_a_call_that_is_hit_has_no_effect(aws: LocalAws, member: Identity) -> None:
    """The service never sees it."""
    with (
        aws.inject(Fault("iam:CreateUser", ConnectionReset())),
        pytest.raises(ConnectionClosedError),
    ):
        member.client("iam").create_user(UserName="tester")

    assert refused(member.client("iam"), "get_user", UserName="tester").code == "NoSuchEntity"


@pytest.mark.parametrize("effect", [ConnectionReset(), internal_failure("iam:CreateUser")], ids=["reset", "error"])
def test_with_after_effect_only_the_answer_is_lost(effect: Any, aws: LocalAws, member: Identity) -> None:
    """The work of the service is done."""
    with (
        aws.inject(Fault("iam:CreateUser", effect, after_effect=True)),
        pytest.raises((ConnectionClosedError, ClientError)),
    ):
        member.client("iam").create_user(UserName="tester")

    assert member.client("iam").get_user(UserName="tester")["User"]["UserName"] == "tester"


def test_a_test_can_wait_until_a_call_hangs_and_kill_its_client(aws: LocalAws, member: Identity) -> None:
    """With after_effect, the service has done its work by then, and the client never gets the answer."""
    injection = aws.inject(Fault("iam:CreateUser", Hang(), after_effect=True))
    program = "import boto3; boto3.client('iam').create_user(UserName='tester'); print('created')"
    with subprocess.Popen(  # noqa: S603  # the program above
        [sys.executable, "-c", program], env=aws.environment(MEMBER), stdout=subprocess.PIPE
    ) as client:
        injection.wait()
        client.kill()
        printed = client.communicate()[0]

    assert (printed, client.returncode) == (b"", -signal.SIGKILL)
    assert member.client("iam").get_user(UserName="tester")["User"]["UserName"] == "tester"


def test_waiting_ends_if_no_call_is_hit(aws: LocalAws) -> None:
    """The error has the number of calls that were hit."""
    injection = aws.inject(Fault(SUMMARY, Hang()))

    with pytest.raises(TooFewHits, match=r"hit 0 calls within 0\.05 seconds, not 1"):
        injection.wait(seconds=0.05)


def test_the_end_of_a_block_removes_only_its_own_faults(aws: LocalAws, member: Identity) -> None:
    """Other faults stay active."""
    aws.inject(Fault(SUMMARY, internal_failure(SUMMARY)))
    with aws.inject(Fault("iam:ListRoles", throttled("iam:ListRoles"))):
        assert refused(member.client("iam"), "list_roles").code == "Throttling"

    assert member.client("iam").list_roles()["Roles"]
    assert outcomes_of(member.client("iam"), 1) == ["ServiceFailure"]
    aws.clear_faults()
    assert outcomes_of(member.client("iam"), 1) == ["ok"]


def test_a_reset_removes_all_faults(aws: LocalAws, member: Identity) -> None:
    """It removes every other change as well."""
    aws.inject(Fault("*", internal_failure(SUMMARY)))

    aws.reset()

    assert outcomes_of(member.client("iam"), 1) == ["ok"]


def test_a_fault_also_hits_callers_without_permission(aws: LocalAws, member: Identity) -> None:
    """By default, permissions are not checked. With after_effect, the denial is lost."""
    powerless = member.assume(member.make_role("Nothing", [], MEMBER)).client("iam")
    aws.inject(
        Fault(SUMMARY, throttled(SUMMARY), times=1),
        Fault(SUMMARY, throttled(SUMMARY), times=1, after_effect=True),
    )

    assert outcomes_of(powerless, 3) == ["Throttling", "Throttling", "AccessDenied"]
    assert {call["account"] for call in aws.calls()} == {MEMBER}
