"""Which calls a fault hits, and whether the service has done its work then."""

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


def ends_of(client: Any, times: int) -> list[str]:
    """Call GetAccountSummary, and return how each call ended."""
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
    """Those of the action, and no other."""
    aws.inject(Fault(SUMMARY, throttled(SUMMARY)))

    assert ends_of(member.client("iam"), 3) == ["Throttling"] * 3
    assert member.client("iam").list_roles()["Roles"]


def test_some_calls_may_pass_first(aws: LocalAws, member: Identity) -> None:
    """Then a number of calls is hit, and then none."""
    injection = aws.inject(Fault(SUMMARY, throttled(SUMMARY), skip=1, times=2))

    assert ends_of(member.client("iam"), 5) == ["ok", "Throttling", "Throttling", "ok", "ok"]
    assert (injection.matched(), injection.injected()) == (5, 2)


def test_only_the_calls_of_an_account_may_be_hit(aws: LocalAws, member: Identity, audit: Identity) -> None:
    """It is the caller's account."""
    aws.inject(Fault(SUMMARY, throttled(SUMMARY), account=MEMBER))

    assert ends_of(member.client("iam"), 1) == ["Throttling"]
    assert ends_of(audit.client("iam"), 1) == ["ok"]


def test_of_assume_role_the_account_is_that_of_the_role(aws: LocalAws, management: Identity) -> None:
    """The caller's does not matter."""
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


def test_of_account_management_the_account_may_be_named(aws: LocalAws, management: Identity) -> None:
    """By AccountId; without it, it is the caller's."""
    aws.inject(Fault("account:ListRegions", throttled("account:ListRegions"), account=MEMBER))
    account = management.client("account")

    assert refused(account, "list_regions", AccountId=MEMBER).code == "TooManyRequestsException"
    assert account.list_regions()["Regions"]


def test_an_account_is_known_by_the_session_of_a_role(aws: LocalAws, management: Identity) -> None:
    """Not by who has assumed it."""
    session = management.assume(f"arn:aws:iam::{MEMBER}:role/OrganizationAccountAccessRole")
    aws.inject(Fault(SUMMARY, throttled(SUMMARY), account=MEMBER))

    assert ends_of(session.client("iam"), 1) == ["Throttling"]
    assert ends_of(management.client("iam"), 1) == ["ok"]


@pytest.mark.parametrize("action", ["iam:*", "*", "iam:Get*"])
def test_an_action_may_have_wildcards(action: str, aws: LocalAws, member: Identity) -> None:
    """A whole service, or all."""
    aws.inject(Fault(action, internal_failure(SUMMARY)))

    assert ends_of(member.client("iam"), 1) == ["ServiceFailure"]


def test_the_first_fault_that_is_due_hits(aws: LocalAws, member: Identity) -> None:
    """The next one waits until it has done its part."""
    aws.inject(Fault(SUMMARY, throttled(SUMMARY), times=1), Fault(SUMMARY, internal_failure(SUMMARY), times=1))

    assert ends_of(member.client("iam"), 3) == ["Throttling", "ServiceFailure", "ok"]


def test_before_its_effect_a_call_leaves_nothing(aws: LocalAws, member: Identity) -> None:
    """The service never saw it."""
    with (
        aws.inject(Fault("iam:CreateUser", ConnectionReset())),
        pytest.raises(ConnectionClosedError),
    ):
        member.client("iam").create_user(UserName="somebody")

    assert refused(member.client("iam"), "get_user", UserName="somebody").code == "NoSuchEntity"


@pytest.mark.parametrize("effect", [ConnectionReset(), internal_failure("iam:CreateUser")], ids=["reset", "error"])
def test_after_its_effect_only_the_answer_is_lost(effect: Any, aws: LocalAws, member: Identity) -> None:
    """What the service did stays done."""
    with (
        aws.inject(Fault("iam:CreateUser", effect, after_effect=True)),
        pytest.raises((ConnectionClosedError, ClientError)),
    ):
        member.client("iam").create_user(UserName="somebody")

    assert member.client("iam").get_user(UserName="somebody")["User"]["UserName"] == "somebody"


def test_one_can_wait_until_a_call_hangs_and_kill_its_client(aws: LocalAws, member: Identity) -> None:
    """With after_effect the service has done its work by then, and the client never learns of it."""
    injection = aws.inject(Fault("iam:CreateUser", Hang(), after_effect=True))
    program = "import boto3; boto3.client('iam').create_user(UserName='somebody'); print('created')"
    with subprocess.Popen(  # noqa: S603  # the program above
        [sys.executable, "-c", program], env=aws.environment(MEMBER), stdout=subprocess.PIPE
    ) as client:
        injection.wait()
        client.kill()
        printed = client.communicate()[0]

    assert (printed, client.returncode) == (b"", -signal.SIGKILL)
    assert member.client("iam").get_user(UserName="somebody")["User"]["UserName"] == "somebody"


def test_waiting_ends_where_no_call_is_hit(aws: LocalAws) -> None:
    """It says how many were."""
    injection = aws.inject(Fault(SUMMARY, Hang()))

    with pytest.raises(TooFewHits, match="hit 0 calls, not 1"):
        injection.wait(seconds=0.05)


def test_the_end_of_the_block_takes_its_faults_back_only(aws: LocalAws, member: Identity) -> None:
    """Others stay in force."""
    aws.inject(Fault(SUMMARY, internal_failure(SUMMARY)))
    with aws.inject(Fault("iam:ListRoles", throttled("iam:ListRoles"))):
        assert refused(member.client("iam"), "list_roles").code == "Throttling"

    assert member.client("iam").list_roles()["Roles"]
    assert ends_of(member.client("iam"), 1) == ["ServiceFailure"]
    aws.clear_faults()
    assert ends_of(member.client("iam"), 1) == ["ok"]


def test_a_reset_takes_all_faults_back(aws: LocalAws, member: Identity) -> None:
    """Like everything else that was changed."""
    aws.inject(Fault("*", internal_failure(SUMMARY)))

    aws.reset()

    assert ends_of(member.client("iam"), 1) == ["ok"]


def test_a_fault_hits_also_who_has_no_permission(aws: LocalAws, member: Identity) -> None:
    """Before its effect nobody is asked for one; after it, the denial is what gets lost."""
    nobody = member.assume(member.make_role("Nothing", [], MEMBER)).client("iam")
    aws.inject(
        Fault(SUMMARY, throttled(SUMMARY), times=1),
        Fault(SUMMARY, throttled(SUMMARY), times=1, after_effect=True),
    )

    assert ends_of(nobody, 3) == ["Throttling", "Throttling", "AccessDenied"]
    assert {call["account"] for call in aws.calls()} == {MEMBER}
