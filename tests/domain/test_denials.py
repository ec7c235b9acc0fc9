"""What a denial's message says: who was denied, by which kind of policy, and what belongs to the request only."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionproof.aws.member_access import SESSION_NAME
from regionproof.domain.access import OWN_ROLE, Access
from regionproof.domain.denials import (
    MEMBER_SESSION,
    Denied,
    PolicyKind,
    message_for_all,
    message_for_one,
    parse_denial,
)
from regionproof.domain.facts import ReadFailure
from regionproof.domain.untrusted_text import MESSAGE_LENGTH

BY_ROOT = Access(by_root=True)
MEMBER = "arn:aws:sts::222222222222:assumed-role/RegionProofAudit/RegionProofAudit"
ROOT = "arn:aws:iam::222222222222:root"
PERSON = "arn:aws:iam::111111111111:user/team/jane"
SCP = "arn:aws:organizations::111111111111:policy/o-exampleorg/service_control_policy/p-example1"
TAIL = (
    " Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/0a1b2c3d4e for "
    "complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: 0a1b2c3d4e"
)
READ = "iam:GetAccountSummary"


def denied(clause: str, who: str = MEMBER, on: str = " on resource: *", call: str = READ) -> ReadFailure:
    """Return the failure of a call that was denied, as AWS words it."""
    return ReadFailure(call, "AccessDenied", f"User: {who} is not authorized to perform: {call}{on}{clause}")


@pytest.mark.parametrize("kind", [kind for kind in PolicyKind if kind is not PolicyKind.UNKNOWN])
@pytest.mark.parametrize("arn", ["", SCP])
@pytest.mark.parametrize("tail", ["", ".", f".{TAIL}"])
def test_an_explicit_denial_names_the_kind_of_policy_and_its_arn(kind: PolicyKind, arn: str, tail: str) -> None:
    """With and without the ARN, which AWS gives within an organization only, and with the link to the console."""
    article = "the" if kind is PolicyKind.TRUST else "an" if kind is PolicyKind.IDENTITY else "a"
    named = f": {arn}" if arn else ""
    found = parse_denial(denied(f" with an explicit deny in {article} {kind.value}{named}{tail}"), OWN_ROLE)
    assert (found.policy, found.explicit, found.policy_arn) == (kind, True, arn)
    assert (found.action, found.resource, found.principal) == (READ, "*", MEMBER)
    assert found.authorization_id == ("0a1b2c3d4e" if "Go to" in tail else "")
    assert "https://" not in found.message
    assert "0a1b2c3d4e" not in found.message


@pytest.mark.parametrize("kind", [kind for kind in PolicyKind if kind is not PolicyKind.UNKNOWN])
@pytest.mark.parametrize("end", ["", ".", f".{TAIL}"])
def test_an_implicit_denial_names_the_kind_of_policy(kind: PolicyKind, end: str) -> None:
    """No policy of that kind allows the call."""
    found = parse_denial(denied(f" because no {kind.value} allows the {READ} action{end}"), OWN_ROLE)
    assert (found.policy, found.explicit, found.policy_arn) == (kind, False, "")
    assert found.resource == "*"


@pytest.mark.parametrize("kind", [PolicyKind.SERVICE_CONTROL, PolicyKind.IDENTITY])
def test_the_console_s_form_is_read_too(kind: PolicyKind) -> None:
    """https://github.com/aws-samples/service-control-policy-examples/issues/6."""
    message = f"User: {ROOT} Action: {READ} Context: a {kind.value} explicitly denies the action"
    found = parse_denial(ReadFailure(READ, "AccessDenied", message), BY_ROOT, "222222222222")
    assert (found.who, found.action) == (Denied.ROOT_SESSION, READ)
    assert (found.policy, found.explicit) == (kind, True)


@pytest.mark.parametrize(
    ("who", "call", "access", "expected"),
    [
        (MEMBER, READ, OWN_ROLE, Denied.MEMBER_ROLE),
        (MEMBER.replace("RegionProofAudit/", "AWSControlTowerExecution/"), READ, OWN_ROLE, Denied.MEMBER_ROLE),
        (PERSON, "sts:AssumeRole", OWN_ROLE, Denied.CALLER),
        (PERSON, "account:ListRegions", BY_ROOT, Denied.CALLER),
        ("arn:aws:sts::111111111111:assumed-role/Admin/jane", READ, OWN_ROLE, Denied.CALLER),
        (ROOT, READ, BY_ROOT, Denied.ROOT_SESSION),
        (ROOT, READ, OWN_ROLE, Denied.ROOT_USER),
        (ROOT, "sts:AssumeRoot", BY_ROOT, Denied.ROOT_USER),
        ("arn:aws:iam::111111111111:root", "account:ListRegions", BY_ROOT, Denied.ROOT_USER),
        ("", "sts:AssumeRole", OWN_ROLE, Denied.CALLER),
        ("somebody", READ, OWN_ROLE, Denied.UNKNOWN),
        ("arn:aws-us-gov:sts::222222222222:assumed-role/A/RegionProofAudit", READ, OWN_ROLE, Denied.MEMBER_ROLE),
    ],
)
def test_who_was_denied_follows_from_the_principal_and_the_call(
    who: str, call: str, access: Access, expected: Denied
) -> None:
    """A root user that opens sessions is not a root session."""
    failure = denied(" with an explicit deny in a service control policy", who, call=call)
    assert parse_denial(failure, access, "222222222222").who is expected


def test_the_session_of_the_member_role_has_the_name_that_the_audit_gives_it() -> None:
    """Or no denial would be one of the member role."""
    assert MEMBER_SESSION == SESSION_NAME


def test_a_resource_in_words_is_read_whole() -> None:
    """IAM names roles and users so."""
    failure = denied(" because no identity-based policy allows the iam:GetRole action", on=" on resource: role Audit")
    assert parse_denial(failure, OWN_ROLE).resource == "role Audit"


@pytest.mark.parametrize(
    "clause",
    [
        "",
        " with an explicit deny",
        " with an explicit deny in a policy of the moon",
        " with an explicit deny in a VPC endpoint policy transitively through a service control policy",
        " because no session policy allows the X action with an explicit deny in a service control policy",
        " because no service control policy allows the X because no identity-based policy allows the X action",
    ],
)
def test_a_message_that_names_no_policy_or_two_leaves_it_unknown(clause: str) -> None:
    """Better no cause than a wrong one."""
    found = parse_denial(denied(clause), OWN_ROLE)
    assert (found.policy, found.policy_arn) == (PolicyKind.UNKNOWN, "")
    assert found.explicit is (True if "explicit deny" in clause else None)


HOSTILE = [
    "User: " * 200,
    "arn:aws:iam::" * 80,
    " is not authorized to perform: " * 40,
    " on resource: " * 80,
    " because no " * 90,
    "with an explicit deny in a " * 40,
    "because no identity-based policy allows the " + "a" * 900,
    "with an explicit deny in a session policy: arn:aws:" + "a-" * 400,
    " Go to https://" * 70,
    " " * 1000,
    "authorization id: " + "z" * 2000,
    "\x00\x1b[31m\u202e\ud800 is not authorized to perform: \u200f:\n",
]


@pytest.mark.parametrize("message", HOSTILE)
def test_a_hostile_message_is_read_at_once_and_raises_nothing(message: str) -> None:
    """No expression runs away on 1,000 characters."""
    started = time.process_time()
    found = parse_denial(ReadFailure(READ, "AccessDenied", message * 3), BY_ROOT, "222222222222")
    message_for_all(message, "222222222222")
    assert time.process_time() - started < 0.5  # it takes about a millisecond
    assert len(found.message) <= MESSAGE_LENGTH
    assert found.policy in {PolicyKind.UNKNOWN, PolicyKind.IDENTITY, PolicyKind.SESSION}


@given(st.text(max_size=300), st.text(max_size=100), st.sampled_from([READ, "sts:AssumeRole", ""]))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_text_raises(message: str, middle: str, call: str) -> None:
    """Whatever stands for the principal, the action and the clause."""
    for text in (message, denied(middle, who=message).message, denied(message, on=middle).message):
        parse_denial(ReadFailure(call, "AccessDenied", text), OWN_ROLE)
        message_for_one(message_for_all(text, "222222222222"))


def of_account(account_id: str, request: str) -> str:
    """Return the same denial as AWS words it in an account and a request."""
    return (
        f"User: arn:aws:sts::{account_id}:assumed-role/Audit/RegionProofAudit is not authorized to perform: {READ} on "
        f"resource: arn:aws:iam::{account_id}:role/A with an explicit deny in an identity-based policy: "
        f"arn:aws:iam::{account_id}:policy/Deny (RequestID: {request}, 20261125T060000Z)."
        f"{TAIL.replace('0a1b', request)}"
    )


def test_one_denial_reads_alike_in_every_account() -> None:
    """The account's own id, the ids of requests and times differ; the policy's name stays."""
    first = message_for_all(of_account("222222222222", "11111111-2222-3333-4444-555555555555"), "222222222222")
    second = message_for_all(of_account("333333333333", "99999999-8888-7777-6666-555555555555"), "333333333333")
    assert first == second
    assert "arn:aws:iam::THIS_ACCOUNT:policy/Deny" in first
    assert "222222222222" not in first


def test_the_id_of_another_account_and_a_longer_number_stay() -> None:
    """Only the account's own id is replaced."""
    assert message_for_all("111111111111 2222222222220 222222222222", "222222222222") == (
        "111111111111 2222222222220 THIS_ACCOUNT"
    )


def test_an_encoded_message_is_left_out() -> None:
    """It is of the request, and only ``sts:DecodeAuthorizationMessage`` can read it."""
    message = f"{denied(' with an explicit deny in a service control policy').message}. Encoded authorization failure"
    assert message_for_all(f"{message} message: OIau77Iw-Nx", "").endswith("service control policy")
