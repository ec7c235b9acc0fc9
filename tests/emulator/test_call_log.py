"""The log records every call: its caller, account, outcome and attempt number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from emulator.faults.fault import ConnectionReset, Fault
from emulator.http.aws_errors import throttled
from tests.emulator.identities import AUDIT, MANAGEMENT, MEMBER, Identity, refused

if TYPE_CHECKING:
    from emulator.process import LocalAws

pytestmark = pytest.mark.network


def test_a_call_is_logged_with_caller_action_and_outcome(aws: LocalAws, member: Identity) -> None:
    """Refused calls are logged too. Earlier calls can be left out."""
    member.client("sts").get_caller_identity()
    before = aws.calls()[-1]["number"]
    refused(member.client("account"), "list_regions", NextToken="none")

    (logged,) = aws.calls(after=before)

    assert len(logged.pop("invocation")) == len("00000000-0000-4000-8000-000000000000")
    assert logged == {
        "number": before + 1,
        "caller": f"arn:aws:iam::{MEMBER}:root",
        "account": MEMBER,
        "target": None,
        "region": "us-east-1",
        "service": "account",
        "action": "account:ListRegions",
        "status": 400,
        "error_code": "ValidationException",
        "served": True,
        "injected": None,
        "attempt": 1,
        "assumed_root": False,
    }


def test_the_account_of_an_assumed_role_is_the_target(aws: LocalAws, audit: Identity) -> None:
    """This is so even if the role does not exist."""
    role = f"arn:aws:iam::{MEMBER}:role/Missing"

    refused(audit.client("sts"), "assume_role", RoleArn=role, RoleSessionName="session")

    (logged,) = aws.calls()
    assert (logged["account"], logged["target"], logged["error_code"]) == (AUDIT, MEMBER, "AccessDenied")


def test_the_account_named_in_account_management_is_the_target(aws: LocalAws, management: Identity) -> None:
    """AccountId names it."""
    management.client("account").list_regions(AccountId=MEMBER)

    (logged,) = aws.calls()
    assert (logged["account"], logged["target"]) == (MANAGEMENT, MEMBER)


def test_the_attempts_of_a_call_share_one_invocation(aws: LocalAws) -> None:
    """The attempts are numbered, and the next call has another invocation."""
    iam = boto3.Session().client(
        "iam",
        region_name="us-east-1",
        endpoint_url=aws.endpoint_url,
        aws_access_key_id=MEMBER,
        aws_secret_access_key="test",
        config=Config(retries={"mode": "standard", "total_max_attempts": 2}),
    )
    aws.inject(Fault("iam:GetAccountSummary", throttled("iam:GetAccountSummary"), times=1))

    iam.get_account_summary()
    iam.get_account_summary()

    first, second, third = aws.calls()
    assert [call["attempt"] for call in (first, second, third)] == [1, 2, 1]
    assert first["invocation"] == second["invocation"] != third["invocation"]
    assert [call["status"] for call in (first, second, third)] == [400, 200, 200]


def test_the_log_can_be_filtered_by_role(aws: LocalAws, member: Identity) -> None:
    """The names of the sessions do not matter."""
    session = member.assume(member.make_role("Auditor", "*", MEMBER))
    session.client("iam").get_account_summary()

    calls = aws.calls(role="Auditor")

    assert [call["action"] for call in calls] == ["iam:GetAccountSummary"]
    assert calls[0]["caller"] == f"arn:aws:sts::{MEMBER}:assumed-role/Auditor/session"
    assert aws.calls(role="Audit") == []


def test_an_injected_fault_is_logged_as_the_client_saw_it(aws: LocalAws, member: Identity) -> None:
    """The entry has the kind of the fault and whether the service had done its work."""
    iam = member.client("iam")
    aws.inject(
        Fault("iam:GetAccountSummary", throttled("iam:GetAccountSummary"), times=1),
        Fault("iam:GetAccountSummary", ConnectionReset(), times=1, after_effect=True),
    )

    for _ in range(2):
        with pytest.raises(Exception, match=r"Rate exceeded|Connection was closed"):
            iam.get_account_summary()

    outcomes = [(call["injected"], call["status"], call["error_code"], call["served"]) for call in aws.calls()]
    assert outcomes == [("error", 400, "Throttling", False), ("connection-reset", None, None, True)]
