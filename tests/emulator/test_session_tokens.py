"""Tokens of version 1: the global endpoint issues them, and opt-in Regions refuse them."""

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
    """Return a user of an account that may do everything, with the Region of these tests enabled."""
    root = Identity(aws.endpoint_url, account_id)
    root.client("account").enable_region(RegionName=REGION)
    aws.advance_clock(120)
    return root.make_user("somebody", "*")


def fails(session: Identity) -> bool:
    """Tell whether a session fails in the opt-in Region; in another it must not."""
    assert session.client("sts").get_caller_identity()
    try:
        session.client("sts", REGION).get_caller_identity()
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidClientTokenId":
            raise
        return True
    return False


@pytest.mark.parametrize(("service", "operation"), ERRORS)
def test_each_service_refuses_a_token_of_version_1_in_its_own_words(
    service: str, operation: str, aws: LocalAws
) -> None:
    """In an opt-in Region; in a Region enabled by default the same call succeeds."""
    user = user_of(aws, VERSION_1)
    session = user.session(user.global_sts().get_session_token())

    denied = refused(session.client(service, REGION), operation)

    assert (denied.code, denied.status) == ERRORS[service, operation]
    assert getattr(session.client(service), operation)()


def test_only_the_global_endpoint_in_an_account_of_version_1_issues_them(aws: LocalAws) -> None:
    """A Regional endpoint never does, nor does the global one for an account of version 2."""
    failing = {}
    for account_id in (VERSION_1, VERSION_2):
        user = user_of(aws, account_id)
        for name, sts in (("global", user.global_sts()), ("regional", user.client("sts"))):
            failing[account_id, name] = fails(user.session(sts.get_session_token()))

    assert [key for key, failed in failing.items() if failed] == [(VERSION_1, "global")]


def test_an_old_token_stays_what_it_is(aws: LocalAws) -> None:
    """A change of the preference concerns new sessions only."""
    user = user_of(aws, VERSION_1)
    old = user.session(user.global_sts().get_session_token())
    user.client("iam").set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
    aws.advance_clock(10)
    new = user.session(user.global_sts().get_session_token())
    user.client("iam").set_security_token_service_preferences(GlobalEndpointTokenVersion="v1Token")
    aws.advance_clock(10)

    assert (fails(old), fails(new)) == (True, False)


def test_the_host_header_tells_the_global_endpoint_as_on_aws(aws: LocalAws) -> None:
    """The path that stands for it is for clients that can not set the header."""
    user = user_of(aws, VERSION_1)
    sts = Identity(aws.endpoint_url, user.access_key, user.secret, None).client("sts")

    def name_the_host(request: Any, **_: Any) -> None:
        request.headers["Host"] = GLOBAL_STS

    sts.meta.events.register("before-sign.sts", name_the_host)
    try:
        session = user.session(sts.get_session_token())
    finally:
        sts.meta.events.unregister("before-sign.sts", name_the_host)

    assert fails(session)


@pytest.mark.parametrize(
    ("options", "failing"),
    [((), {VERSION_1}), (("--token-version-by-caller",), {VERSION_2})],
    ids=["by the role's account", "by the caller's"],
)
def test_whose_version_counts_across_accounts_is_a_choice(options: tuple[str, ...], failing: set[str]) -> None:
    """AWS does not document it, so there is either; here each of two accounts assumes a role of the other."""
    with LocalAws(options=options) as aws:
        seen = set()
        for caller, owner in ((VERSION_2, VERSION_1), (VERSION_1, VERSION_2)):
            user = user_of(aws, caller)
            Identity(aws.endpoint_url, owner).client("account").enable_region(RegionName=REGION)
            aws.advance_clock(120)
            role = Identity(aws.endpoint_url, owner).make_role("Shared", "*", caller)
            assumed = user.global_sts().assume_role(RoleArn=role, RoleSessionName="session")
            if fails(user.session(assumed)):
                seen.add(owner)

    assert seen == failing


def test_a_signature_for_a_region_that_is_none_is_refused(aws: LocalAws) -> None:
    """Also that of the pseudo Region aws-global, for which an SDK signs when it is given another address."""
    user = user_of(aws, VERSION_1)

    denied = refused(user.client("sts", "aws-global"), "get_caller_identity")

    assert (denied.code, denied.status) == ("SignatureDoesNotMatch", 403)
