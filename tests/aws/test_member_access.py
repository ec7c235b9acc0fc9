"""The way into each account: the member role, and the caller's own credentials at home."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.stub import ANY

from regionproof.aws.calls import CallFailed
from regionproof.aws.member_access import RoleAccess, session_policy
from regionproof.domain.report import Identity
from regionproof.permissions import member_actions
from regionproof.probes import all_probes
from regionproof.settings.shape import AuditSettings, MemberRole
from tests.support.builders import IDENTITY, an_account
from tests.support.stubs import recorded, stubbed

if TYPE_CHECKING:
    from regionproof.probes.declaration import Probe

MEMBER = an_account("222222222222")
OWN = Credentials("AKIDOWN", "own", "own-token")
ISSUED = {
    "AccessKeyId": "ASIAEXAMPLEEXAMPLE01",
    "SecretAccessKey": "secret",
    "SessionToken": "token",
    "Expiration": datetime(2026, 11, 21, 6, 15, tzinfo=UTC),
}

LONGEST_SESSION_POLICY = 2048
"""https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""


def access_by(sts: Any, role: MemberRole | None = None, identity: Identity = IDENTITY) -> RoleAccess:
    """Return the way in, for every read that there is."""
    return RoleAccess(sts, identity, OWN, role or MemberRole(), all_probes())


@pytest.mark.parametrize(("path", "resource"), [("/", "role/Reader"), ("/audit/", "role/audit/Reader")])
@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-eusc"])
def test_the_member_role_is_assumed_for_the_shortest_time(partition: str, path: str, resource: str) -> None:
    """In the partition of the audit, for 900 seconds, by its name and path."""
    identity = Identity("111111111111", partition, "eu-central-1")
    with stubbed("sts") as (sts, stub):
        stub.add_response(
            "assume_role",
            {"Credentials": ISSUED},
            {
                "RoleArn": f"arn:{partition}:iam::222222222222:{resource}",
                "RoleSessionName": "RegionProofAudit",
                "DurationSeconds": 900,
                "Policy": session_policy(member_actions(AuditSettings()), partition),
            },
        )
        credentials = access_by(sts, MemberRole(name="Reader", path=path), identity).access_to(MEMBER).enter()
    assert credentials == ReadOnlyCredentials("ASIAEXAMPLEEXAMPLE01", "secret", "token")


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-eusc"])
def test_a_session_may_do_the_reads_of_its_own_account_and_nothing_else(partition: str) -> None:
    """Whatever the role may do. AWS names another account that is asked about by a longer ARN, which does not match."""
    assert json.loads(session_policy(member_actions(AuditSettings()), partition)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["account:ListRegions"],
                "Resource": f"arn:{partition}:account::*:account",
            },
            {"Effect": "Allow", "Action": ["iam:GetAccountSummary"], "Resource": "*"},
        ],
    }


@pytest.mark.parametrize("probe", all_probes(), ids=lambda probe: probe.call)
def test_a_session_may_not_do_what_this_run_does_not_read(probe: Probe) -> None:
    """A rule that is switched off, or does not apply in the partition, opens nothing."""
    with stubbed("sts") as (sts, stub):
        narrow = {"RoleArn": ANY, "RoleSessionName": ANY, "DurationSeconds": ANY}
        wanted = {**narrow, "Policy": session_policy(probe.actions, "aws")}
        stub.add_response("assume_role", {"Credentials": ISSUED}, wanted)
        RoleAccess(sts, IDENTITY, OWN, MemberRole(), (probe,)).access_to(MEMBER).enter()


def test_a_session_for_no_read_may_do_nothing() -> None:
    """IAM takes no policy without a statement, and a session without one may do all that the role may."""
    (statement,) = json.loads(session_policy((), "aws"))["Statement"]
    assert statement == {"Effect": "Deny", "Action": "*", "Resource": "*"}


def test_the_policy_of_a_session_leaves_room_for_more_reads() -> None:
    """AWS packs it into the session's token, and refuses what is too large."""
    policy = session_policy(member_actions(AuditSettings()), "aws-us-gov")
    assert len(policy) * 8 < LONGEST_SESSION_POLICY
    assert " " not in policy


def test_at_home_the_callers_own_credentials_serve() -> None:
    """No role is assumed: the StackSet never reaches the management account."""
    home = an_account(IDENTITY.account_id)
    with stubbed("sts") as (sts, _no_call_is_expected):
        credentials = access_by(sts).access_to(home).enter()
    assert credentials == OWN.get_frozen_credentials()


def test_a_refusal_passes_through() -> None:
    """The reader makes it the account's finding."""
    refusal = recorded("assume_role_at_an_opt_in_endpoint_the_member_lacks")
    with stubbed("sts") as (sts, stub):
        stub.add_client_error("assume_role", refusal["code"], refusal["message"], 403)
        with pytest.raises(CallFailed, match="AccessDenied"):
            access_by(sts).access_to(MEMBER).enter()


def test_the_call_that_fails_has_a_name() -> None:
    """It is in Coverage.1's finding."""
    with stubbed("sts") as (sts, _no_call_is_expected):
        access = access_by(sts)
        assert access.access_to(MEMBER).call == "sts:AssumeRole"
        assert access.access_to(an_account(IDENTITY.account_id)).call == "regionproof:OwnCredentials"


def test_every_fact_is_read_inside() -> None:
    """So each account has its own quota of ListRegions."""
    with stubbed("sts") as (sts, _no_call_is_expected):
        assert not access_by(sts).access_to(MEMBER).centrally


@pytest.mark.parametrize("wanted", [True, False])
def test_a_member_that_denies_a_read_is_asked_about_centrally_if_the_settings_say_so(*, wanted: bool) -> None:
    """Never the audit's own account, which needs no id, nor the management account, whose id AWS does not take."""
    role = MemberRole(central_fallback=wanted)
    with stubbed("sts") as (sts, _no_call_is_expected):
        access = access_by(sts, role, Identity("333333333333", "aws", "eu-central-1"))
        assert access.access_to(MEMBER).centrally_if_denied == wanted
        assert not access.access_to(an_account("333333333333")).centrally_if_denied
        assert not access.access_to(replace(MEMBER, is_management=True)).centrally_if_denied
