"""The likely cause of a failed read: what a person should look at first."""

from __future__ import annotations

import pytest

from regionproof.domain.causes import denying_policy, is_denial, is_refused_as_member, likely_cause
from regionproof.domain.facts import Unread
from tests.stubs import recorded

UNKNOWN = "see the message; the next run tries again"


@pytest.mark.parametrize(
    ("call", "code", "said"),
    [
        ("sts:AssumeRole", "AccessDenied", "the member role is missing in the account"),
        ("sts:AssumeRole", "AccessDeniedException", "StackSet has an instance there"),
        ("sts:AssumeRoot", "AccessDenied", "central root access may be off"),
        ("iam:GetAccountSummary", "AccessDenied", "the policy of the member role does not allow the call"),
        ("account:ListRegions", "AccessDeniedException", "roll the current role out again"),
        ("ec2:DescribeRegions", "UnauthorizedOperation", "does not allow the call"),
        ("iam:GetAccountSummary", "Throttling", "throttled"),
        ("iam:GetAccountSummary", "ThrottlingException", "throttled"),
        ("account:ListRegions", "TooManyRequestsException", "throttled"),
        ("ec2:DescribeRegions", "RequestLimitExceeded", "throttled"),
        ("s3:GetObject", "SlowDown", "throttled"),
        ("sts:AssumeRole", "RegionDisabledException", "STS is not active for the account in that Region"),
        ("sts:AssumeRole", "ExpiredToken", "the audit's own session ended in mid-run"),
        ("sts:AssumeRole", "ExpiredTokenException", "the audit's own session ended in mid-run"),
        ("account:ListRegions", "InvalidClientTokenId", "the credentials are not valid there"),
        ("account:ListRegions", "UnrecognizedClientException", "the credentials are not valid there"),
        ("sts:AssumeRole", "SignatureDoesNotMatch", "the secret key or the clock"),
        ("sts:AssumeRole", "RequestExpired", "more than 5 minutes off"),
        ("iam:GetAccountSummary", "UnexpectedAnswer", "update RegionProof or report it"),
        ("iam:GetAccountSummary", "ReadTimeoutError", "did not answer"),
        ("iam:GetAccountSummary", "ConnectTimeoutError", "did not answer"),
        ("iam:GetAccountSummary", "EndpointConnectionError", "did not answer"),
        ("iam:GetAccountSummary", "ConnectionClosedError", "did not answer"),
        ("account:ListRegions", "InternalServerException", "AWS failed inside"),
        ("iam:GetAccountSummary", "500", "AWS failed inside"),
        ("account:ListRegions", "InvalidSignatureException", "the secret key or the clock"),
        ("iam:GetAccountSummary", "ResponseParserError", "cut off or is none of AWS"),
        ("account:ListRegions", "SomethingNewException", UNKNOWN),
        ("account:ListRegions", "", UNKNOWN),
    ],
)
def test_every_named_code_has_its_cause(call: str, code: str, said: str) -> None:
    """And a code that nobody named points at the message."""
    assert said in likely_cause(Unread(call, code, "…"))


@pytest.mark.parametrize(
    "policy", ["service control policy", "Service Control Policy", "resource control policy", "permissions boundary"]
)
@pytest.mark.parametrize("call", ["sts:AssumeRole", "account:ListRegions"])
def test_a_policy_that_the_message_names_is_the_cause(policy: str, call: str) -> None:
    """AWS says which kind of policy denied; no role needs to be looked for then."""
    message = f"User: … is not authorized to perform: {call} with an explicit deny in a {policy}"
    assert likely_cause(Unread(call, "AccessDenied", message)).startswith(f"a {policy.lower()} denies the call")


@pytest.mark.parametrize(
    ("case", "call", "said"),
    [
        ("assume_role_at_an_opt_in_endpoint_the_member_lacks", "sts:AssumeRole", "the member role is missing"),
        ("assume_root_sessions_feature_missing", "sts:AssumeRoot", "`regionproof preflight` says what is missing"),
        ("target_member_without_trusted_access", "account:ListRegions", "says what to enable"),
        ("policy_names_wrong_arn", "account:ListRegions", "check deployment.organization_id"),
        ("member_names_itself", "account:ListRegions", "the policy of the member role"),
        ("identity_in_a_disabled_or_enabling_region", "sts:GetCallerIdentity", "the credentials are not valid there"),
        ("v1_token_kms_in_ap_east_1", "kms:ListKeys", "the credentials are not valid there"),
    ],
)
def test_recorded_refusals_have_a_cause(case: str, call: str, said: str) -> None:
    """The codes and messages of AWS, as they were recorded."""
    refusal = recorded(case)
    assert said in likely_cause(Unread(call, refusal["code"], refusal["message"]))


FUNCTION = "arn:aws:sts::111111111111:assumed-role/RegionProofAuditFunction/regionproof"
MEMBER = "arn:aws:sts::222222222222:assumed-role/RegionProofAudit/RegionProofAudit"
OF_A_MEMBER = "arn:aws-cn:account::111111111111:account/o-exampleorg/222222222222"
OF_ITSELF = "arn:aws:account::222222222222:account"


@pytest.mark.parametrize(
    ("who", "resource", "said"),
    [
        (FUNCTION, OF_A_MEMBER, "check deployment.organization_id in the settings"),
        ("arn:aws:iam::111111111111:user/me", OF_A_MEMBER, "check deployment.organization_id in the settings"),
        (FUNCTION, "arn:aws:account::111111111111:account", "the policy of the audit function's role"),
        (MEMBER, OF_ITSELF, "the policy of the member role"),
    ],
)
def test_a_denied_read_names_the_policy_of_whoever_asked(who: str, resource: str, said: str) -> None:
    """Centrally it is the audit's own, with the organization in it; inside an account it is the member role's."""
    message = (
        f"User: {who} is not authorized to perform: account:ListRegions on resource: {resource} because no "
        "identity-based policy allows the account:ListRegions action"
    )
    assert said in likely_cause(Unread("account:ListRegions", "AccessDeniedException", message))


def test_a_role_whose_name_begins_as_the_function_s_is_not_taken_for_it() -> None:
    """The member role's name is its beginning."""
    message = (
        f"User: {FUNCTION.replace('Function/', 'FunctionElse/')} is not authorized to perform: iam:X on resource: *"
    )
    assert "the member role" in likely_cause(Unread("iam:GetAccountSummary", "AccessDenied", message))


def test_organizations_refuses_a_member_without_naming_a_right() -> None:
    """And names the right where a policy lacks it, which is another matter."""
    member = Unread("organizations:ListAccounts", "AccessDeniedException", "You don't have permissions to access this.")
    lacks = Unread("organizations:ListAccounts", "AccessDeniedException", "User: x is not authorized to perform: y")
    assert (is_refused_as_member(member), is_refused_as_member(lacks)) == (True, False)
    assert is_denial(member)
    assert is_denial(lacks)
    assert not is_denial(Unread("organizations:ListAccounts", "TooManyRequestsException", ""))


def test_a_denial_names_the_policy_or_none() -> None:
    """As AWS spells it, or in capitals."""
    assert denying_policy(Unread("a:B", "AccessDenied", "an explicit deny in a Service Control Policy")) is not None
    assert denying_policy(Unread("a:B", "AccessDenied", "because no identity-based policy allows")) is None
