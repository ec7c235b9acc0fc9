"""The way in without a role: root sessions in members, and what AWS does not open that way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from botocore.credentials import Credentials, ReadOnlyCredentials

from regionproof.aws.calls import CallFailed
from regionproof.aws.member_access import RoleAccess, session_policy
from regionproof.aws.root_access import RootAccess
from regionproof.domain.report import Identity
from regionproof.probes import all_probes
from regionproof.settings.shape import MemberRole
from tests.support.builders import IDENTITY, an_account
from tests.support.stubs import recorded, stubbed

MEMBER = an_account("222222222222")
OWN = Credentials("AKIDOWN", "own", "own-token")
ISSUED = {
    "AccessKeyId": "ASIAEXAMPLEEXAMPLE01",
    "SecretAccessKey": "secret",
    "SessionToken": "token",
    "Expiration": datetime(2026, 11, 21, 6, 15, tzinfo=UTC),
}


def root_access(sts: object, identity: Identity = IDENTITY) -> RootAccess:
    """Return the way in; an audit elsewhere reads the management account by the member role."""
    return RootAccess(sts, identity, OWN, RoleAccess(sts, identity, OWN, MemberRole(), all_probes()))  # type: ignore[arg-type]  # a stubbed client


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-eusc"])
def test_a_member_is_entered_by_a_root_session_that_may_only_audit(partition: str) -> None:
    """For 900 seconds, under the task policy of the audit's own partition."""
    identity = Identity("111111111111", partition, "eu-central-1")
    with stubbed("sts") as (sts, stub):
        stub.add_response(
            "assume_root",
            {"Credentials": ISSUED},
            {
                "TargetPrincipal": "222222222222",
                "TaskPolicyArn": {"arn": f"arn:{partition}:iam::aws:policy/root-task/IAMAuditRootUserCredentials"},
                "DurationSeconds": 900,
            },
        )
        way = root_access(sts, identity).access_to(MEMBER)
        assert way.enter() == ReadOnlyCredentials("ASIAEXAMPLEEXAMPLE01", "secret", "token")
    assert (way.call, way.centrally) == ("sts:AssumeRoot", True)


def test_the_call_is_the_recorded_one() -> None:
    """AWS took this very request."""
    request = recorded("assume_root_audit")["input"]
    with stubbed("sts") as (sts, stub):
        stub.add_response("assume_root", {"Credentials": ISSUED}, {**request, "TargetPrincipal": MEMBER.id})
        root_access(sts).access_to(MEMBER).enter()


def test_at_home_the_callers_own_credentials_serve() -> None:
    """AWS opens no root session in the management account, and ListRegions refuses its id."""
    home = replace(an_account(IDENTITY.account_id), is_management=True)
    with stubbed("sts") as (sts, _no_call_is_expected):
        way = root_access(sts).access_to(home)
        assert way.enter() == OWN.get_frozen_credentials()
    assert not way.centrally


def test_the_management_account_is_read_by_a_role_where_the_audit_runs_elsewhere() -> None:
    """A delegated administrator has no other way into it."""
    management = replace(an_account("999999999999"), is_management=True)
    with stubbed("sts") as (sts, stub):
        stub.add_response(
            "assume_role",
            {"Credentials": ISSUED},
            {
                "RoleArn": "arn:aws:iam::999999999999:role/RegionProofAudit",
                "RoleSessionName": "RegionProofAudit",
                "DurationSeconds": 900,
                "Policy": session_policy({action for probe in all_probes() for action in probe.actions}, "aws"),
            },
        )
        way = root_access(sts).access_to(management)
        way.enter()
    assert (way.call, way.centrally) == ("sts:AssumeRole", False)


def test_a_refusal_passes_through() -> None:
    """The reader makes it the account's finding."""
    refusal = recorded("assume_root_sessions_feature_missing")
    with stubbed("sts") as (sts, stub):
        stub.add_client_error("assume_root", refusal["code"], refusal["message"], 403)
        with pytest.raises(CallFailed, match="Root sessions feature is not enabled"):
            root_access(sts).access_to(MEMBER).enter()
