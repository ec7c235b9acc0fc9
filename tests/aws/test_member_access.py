"""The way into each account: the member role, and the caller's own credentials at home."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import ClientError

from regionproof.aws.member_access import RoleAccess
from regionproof.domain.report import Identity
from regionproof.settings.shape import MemberRole
from tests.builders import IDENTITY, an_account
from tests.stubs import recorded, stubbed

MEMBER = an_account("222222222222")
OWN = Credentials("AKIDOWN", "own", "own-token")
ISSUED = {
    "AccessKeyId": "ASIAEXAMPLEEXAMPLE01",
    "SecretAccessKey": "secret",
    "SessionToken": "token",
    "Expiration": datetime(2026, 11, 21, 6, 15, tzinfo=UTC),
}


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
            },
        )
        credentials = RoleAccess(sts, identity, OWN, MemberRole(name="Reader", path=path)).way_into(MEMBER).enter()
    assert credentials == ReadOnlyCredentials("ASIAEXAMPLEEXAMPLE01", "secret", "token")


def test_at_home_the_callers_own_credentials_serve() -> None:
    """No role is assumed: the StackSet never reaches the management account."""
    home = an_account(IDENTITY.account_id)
    with stubbed("sts") as (sts, _no_call_is_expected):
        credentials = RoleAccess(sts, IDENTITY, OWN, MemberRole()).way_into(home).enter()
    assert credentials == OWN.get_frozen_credentials()


def test_a_refusal_passes_through() -> None:
    """The reader makes it the account's finding."""
    refusal = recorded("assume_role_at_an_opt_in_endpoint_the_member_lacks")
    with stubbed("sts") as (sts, stub):
        stub.add_client_error("assume_role", refusal["code"], refusal["message"], 403)
        with pytest.raises(ClientError, match="AccessDenied"):
            RoleAccess(sts, IDENTITY, OWN, MemberRole()).way_into(MEMBER).enter()


def test_the_call_that_fails_has_a_name() -> None:
    """It stands in Coverage.1's finding."""
    with stubbed("sts") as (sts, _no_call_is_expected):
        access = RoleAccess(sts, IDENTITY, OWN, MemberRole())
        assert access.way_into(MEMBER).call == "sts:AssumeRole"
        assert access.way_into(an_account(IDENTITY.account_id)).call == "regionproof:OwnCredentials"


def test_every_fact_is_read_inside() -> None:
    """So each account has its own quota of ListRegions."""
    with stubbed("sts") as (sts, _no_call_is_expected):
        assert not RoleAccess(sts, IDENTITY, OWN, MemberRole()).way_into(MEMBER).centrally
