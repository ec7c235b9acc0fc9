"""Version 1 tokens: the global endpoint issues them, and opt-in Regions refuse them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.process import LocalAws
from tests.emulator.identities import GLOBAL_STS, Identity, refused

pytestmark = pytest.mark.network

VERSION_1, VERSION_2, REGION = "400000000001", "400000000003", "ap-southeast-5"
ERRORS = {
    ("sts", "get_caller_identity"): ("InvalidClientTokenId", 403),
    ("sqs", "list_queues"): ("InvalidClientTokenId", 403),
    ("kms", "list_keys"): ("UnrecognizedClientException", 400),
    ("s3", "list_buckets"): ("InvalidToken", 400),
    ("ec2", "describe_regions"): ("AuthFailure", 401),
}


def user_of(aws: LocalAws, account_id: str) -> Identity:
    """Enable the Region of these tests in an account, and return an administrator of the account."""
    root = Identity(aws.endpoint_url, account_id)
    root.client("account").enable_region(RegionName=REGION)
    aws.advance_clock(120)
    return root.make_user("tester", "*")


def fails(session: Identity) -> bool:
    """Return whether a session fails in the opt-in Region. It must succeed in another Region."""
    assert session.client("sts").get_caller_identity()
    try:
        session.client("sts", REGION).get_caller_identity()
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidClientTokenId":
            raise
        return True
    return False


@pytest.mark.parametrize(("service", "operation"), ERRORS)
def test_each_service_refuses_a_version_1_token_with_its_own_error(service: str, operation: str, aws: LocalAws) -> None:
    """The same call succeeds in a Region that is enabled by default."""
    user = user_of(aws, VERSION_1)
    session = user.session(user.global_sts().get_session_token())

    denied = refused(session.client(service, REGION), operation)

    assert (denied.code, denied.status) == ERRORS[service, operation]
    assert getattr(session.client(service), operation)()


def test_only_the_global_endpoint_for_a_version_1_account_issues_them(aws: LocalAws) -> None:
    """Regional endpoints never do, and neither does the global endpoint for a version 2 account."""
    failing = {}
    for account_id in (VERSION_1, VERSION_2):
        user = user_of(aws, account_id)
        for name, sts in (("global", user.global_sts()), ("regional", user.client("sts"))):
            failing[account_id, name] = fails(user.session(sts.get_session_token()))

    assert [key for key, failed in failing.items() if failed] == [(VERSION_1, "global")]


def test_an_issued_token_keeps_its_version(aws: LocalAws) -> None:
    """A new preference applies to new sessions only."""
    user = user_of(aws, VERSION_1)
    old = user.session(user.global_sts().get_session_token())
    user.client("iam").set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
    aws.advance_clock(10)
    new = user.session(user.global_sts().get_session_token())
    user.client("iam").set_security_token_service_preferences(GlobalEndpointTokenVersion="v1Token")
    aws.advance_clock(10)

    assert (fails(old), fails(new)) == (True, False)


def test_the_host_header_selects_the_global_endpoint_as_on_aws(aws: LocalAws) -> None:
    """The path /sts.amazonaws.com is for clients that cannot set the header."""
    user = user_of(aws, VERSION_1)
    sts = Identity(aws.endpoint_url, user.access_key, user.secret, None).client("sts")

    def set_host(request: Any, **_: Any) -> None:
        request.headers["Host"] = GLOBAL_STS

    sts.meta.events.register("before-sign.sts", set_host)
    try:
        session = user.session(sts.get_session_token())
    finally:
        sts.meta.events.unregister("before-sign.sts", set_host)

    assert fails(session)


@pytest.mark.parametrize(
    ("options", "failing"),
    [((), {VERSION_1}), (("--token-version-by-caller",), {VERSION_2})],
    ids=["role's account", "caller's account"],
)
def test_the_account_whose_version_counts_is_an_option(options: tuple[str, ...], failing: set[str]) -> None:
    """AWS does not document it. Here, each of two accounts assumes a role of the other."""
    with LocalAws(options=options) as aws:
        owners = set()
        for caller, owner in ((VERSION_2, VERSION_1), (VERSION_1, VERSION_2)):
            user = user_of(aws, caller)
            Identity(aws.endpoint_url, owner).client("account").enable_region(RegionName=REGION)
            aws.advance_clock(120)
            role = Identity(aws.endpoint_url, owner).make_role("Shared", "*", caller)
            assumed = user.global_sts().assume_role(RoleArn=role, RoleSessionName="session")
            if fails(user.session(assumed)):
                owners.add(owner)

    assert owners == failing


def test_a_signature_for_an_unknown_region_is_refused(aws: LocalAws) -> None:
    """An SDK with a custom endpoint signs for the pseudo Region aws-global, which is refused too."""
    user = user_of(aws, VERSION_1)

    denied = refused(user.client("sts", "aws-global"), "get_caller_identity")

    assert (denied.code, denied.status) == ("SignatureDoesNotMatch", 403)
