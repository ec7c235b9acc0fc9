"""Errors that people met on AWS, with the cause that their threads established: each gets that cause.

``refusals.json`` has AWS's own messages with made-up identifiers, and the public source of each.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from regionproof.domain.access import Access
from regionproof.domain.causes import likely_cause
from regionproof.domain.facts import ReadFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

REFUSALS = json.loads((Path(__file__).parent / "refusals.json").read_text(encoding="utf-8"))

CAUSES = {
    "token refused in an opt-in Region": "an opt-in Region also refuses version 1 tokens from the global STS endpoint",
    "STS is deactivated": "activate it under IAM > Account settings",
    "credentials of another partition": "credentials of another partition",
    "signed for another Region": "signed for another Region than that of the endpoint",
    "clock behind, 15 minutes": "is behind by more than the 15 minutes",
    "clock behind, 5 minutes": "is behind by more than the 5 minutes",
    "clock ahead, 15 minutes": "is ahead by more than the 15 minutes",
    "clock ahead, 5 minutes": "is ahead by more than the 5 minutes",
    "keys of the issuer": "could not fetch the keys of the token's issuer in time; run it again",
    "no OIDC provider": "no OIDC provider for the token's issuer",
    "token audience": "not a client id of the OIDC provider",
    "thumbprint": "update the thumbprints",
    "web identity token expired": "the web identity token has expired",
    "web identity not trusted": "does not admit the web identity token",
    "role missing or not trusting": "the member role is missing in the account, or does not trust the audit's role",
    "role chaining": "sessions of 1 hour at most; a repeat does not help",
    "session tags take the room": "leave no room for the session policy",
    "caller's policy denies": "such as a sign-in with MFA",
    "permissions boundary allows nothing": "the permissions boundary of ",
    "service control policy denies": "a service control policy denies ec2:DescribeRegions to role securityaudit",
    "service control policy denies root sessions": "ExemptAssumeRoot",
    "trusted access": "`regionproof preflight` shows how to enable it",
    "management account by its id": "takes no account id for the management account",
    "StackSets lack access": "StackSets lack access to the organization",
    "not a delegated administrator for StackSets": "not a delegated administrator for StackSets",
    "refused as it is": "AWS refuses the request as it is, so a repeat does not help",
    "explicit denial of an unnamed policy": "AWS does not name the kind of policy",
    "caller may not": ", which runs the audit, may not call ",
    "stale credentials": "look for stale AWS_* variables, an old aws_session_token in ~/.aws/credentials",
    "expired credentials": "the credentials of the call have expired; sign in again",
    "expired credentials or clock": "the credentials have expired, or the clock of the caller is wrong",
    "sign-in has ended": "could not be renewed; sign in again (aws sso login",
    "unknown": "this version does not know the error",
    "account made minutes ago": "an account made minutes ago",
    "root user": "the root user of its account",
    "bucket in another Region": "the bucket is in another Region",
    "name of the Region": "that the Region in the endpoint's name exists",
    "aws login": "botocore[crt]",
    "source identity": "carries a source identity",
    "session tags not trusted": "carries session tags",
    "session policy allows nothing": "the session policy that limits the session of role bedrock-role",
}
PERMANENT = {"role chaining", "session tags take the room", "refused as it is", "root user", "unknown"}


def cause(refusal: Mapping[str, str]) -> str:
    """Return what the product says of a refusal; one of a root user in an account is one of a root session."""
    access = Access(by_root=":root" in refusal["message"])
    return likely_cause(ReadFailure(refusal["call"], refusal["code"], refusal["message"]), access)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal["source"].removeprefix("https://github.com/"))
def test_each_public_error_gets_the_cause_that_its_thread_established(refusal: Mapping[str, str]) -> None:
    """And an error that no next run can fix promises none."""
    said = cause(refusal)
    assert CAUSES[refusal["cause"]] in said
    assert refusal["cause"] not in PERMANENT or "the next run tries again" not in said


def test_every_named_cause_is_one_of_the_file_s() -> None:
    """The table has no row that nothing tests."""
    assert {refusal["cause"] for refusal in REFUSALS} == set(CAUSES)
