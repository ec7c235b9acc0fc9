"""The likely cause of a failed read: what a person should look at first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regionproof.domain.causes import is_denial, is_refused_as_member, likely_cause
from regionproof.domain.facts import ReadFailure
from regionproof.domain.report import Identity
from tests.support.stubs import recorded

INVALID_TOKEN = "The security token included in the request is invalid."
UNKNOWN = "this version does not know the error; see the message"


@pytest.mark.parametrize(
    ("call", "code", "said"),
    [
        ("sts:AssumeRole", "AccessDenied", "the member role is missing in the account"),
        ("sts:AssumeRole", "AccessDeniedException", "StackSet RegionProofMemberRole has an instance there"),
        ("sts:AssumeRoot", "AccessDenied", "central root access may be off"),
        ("iam:GetAccountSummary", "AccessDenied", "the policy of the member role does not allow the call"),
        ("account:ListRegions", "AccessDeniedException", "roll the current role out again"),
        ("ec2:DescribeRegions", "UnauthorizedOperation", "the caller may not call ec2:DescribeRegions"),
        ("iam:GetAccountSummary", "Throttling", "throttled"),
        ("iam:GetAccountSummary", "ThrottlingException", "throttled"),
        ("account:ListRegions", "TooManyRequestsException", "throttled"),
        ("ec2:DescribeRegions", "RequestLimitExceeded", "throttled"),
        ("s3:GetObject", "SlowDown", "throttled"),
        ("sts:AssumeRole", "RegionDisabledException", "STS is not active for the account in that Region"),
        ("sts:AssumeRole", "ExpiredToken", "the credentials of the call have expired"),
        ("sts:AssumeRole", "ExpiredTokenException", "the credentials of the call have expired"),
        ("account:ListRegions", "InvalidClientTokenId", "the credentials are not valid there"),
        ("account:ListRegions", "UnrecognizedClientException", "the credentials are not valid there"),
        ("sts:AssumeRole", "SignatureDoesNotMatch", "the secret key of the caller is wrong"),
        ("sts:AssumeRole", "RequestExpired", "the credentials have expired, or the clock"),
        ("s3:GetObject", "RequestTimeTooSkewed", "the clock of the caller is off by more than the service allows"),
        ("iam:GetAccountSummary", "UnexpectedAnswer", "update RegionProof or report it"),
        ("iam:GetAccountSummary", "ReadTimeoutError", "did not answer"),
        ("iam:GetAccountSummary", "ConnectTimeoutError", "did not answer"),
        ("iam:GetAccountSummary", "EndpointConnectionError", "did not answer"),
        ("iam:GetAccountSummary", "ConnectionClosedError", "did not answer"),
        ("account:ListRegions", "InternalServerException", "AWS failed inside"),
        ("iam:GetAccountSummary", "500", "AWS failed inside"),
        ("account:ListRegions", "InvalidSignatureException", "the secret key of the caller is wrong"),
        ("iam:GetAccountSummary", "ResponseParserError", "was truncated or did not come from AWS"),
        ("account:ListRegions", "SomethingNewException", UNKNOWN),
        ("account:ListRegions", "", UNKNOWN),
    ],
)
def test_every_named_code_has_its_cause(call: str, code: str, said: str) -> None:
    """And a code that no one named points at the message."""
    assert said in likely_cause(ReadFailure(call, code, "…"))


@pytest.mark.parametrize(
    ("case", "call", "said"),
    [
        ("assume_role_at_an_opt_in_endpoint_the_member_lacks", "sts:AssumeRole", "the member role is missing"),
        ("assume_root_sessions_feature_missing", "sts:AssumeRoot", "central root access is off"),
        ("target_member_without_trusted_access", "account:ListRegions", "shows how to enable it"),
        ("policy_names_wrong_arn", "account:ListRegions", "the session policy that limits the session of role Organ"),
        ("member_names_itself", "account:ListRegions", "role OrganizationAccountAccessRole of account"),
        ("identity_in_a_disabled_or_enabling_region", "sts:GetCallerIdentity", "the credentials are not valid there"),
        ("v1_token_kms_in_ap_east_1", "kms:ListKeys", "the credentials are not valid there"),
    ],
)
def test_recorded_refusals_have_a_cause(case: str, call: str, said: str) -> None:
    """The codes and messages of AWS, as they were recorded."""
    refusal = recorded(case)
    assert said in likely_cause(ReadFailure(call, refusal["code"], refusal["message"]))


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
    assert said in likely_cause(ReadFailure("account:ListRegions", "AccessDeniedException", message))


def test_a_role_whose_name_begins_as_the_function_s_is_not_taken_for_it() -> None:
    """It is another caller's."""
    message = (
        f"User: {FUNCTION.replace('Function/', 'FunctionElse/')} is not authorized to perform: iam:X on resource: *"
    )
    said = likely_cause(ReadFailure("iam:GetAccountSummary", "AccessDenied", message))
    assert said.startswith("role RegionProofAuditFunctionElse of account 111111111111, which runs the audit, may not")


def test_organizations_refuses_a_member_without_naming_a_right() -> None:
    """And names the right where a policy lacks it, which is another matter."""
    member = ReadFailure(
        "organizations:ListAccounts", "AccessDeniedException", "You don't have permissions to access this."
    )
    lacks = ReadFailure(
        "organizations:ListAccounts", "AccessDeniedException", "User: x is not authorized to perform: y"
    )
    assert (is_refused_as_member(member), is_refused_as_member(lacks)) == (True, False)
    assert is_denial(member)
    assert is_denial(lacks)
    assert not is_denial(ReadFailure("organizations:ListAccounts", "TooManyRequestsException", ""))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("SSLError", "SSL validation failed for https://sts.us-east-1.amazonaws.com/"),
        ("HTTPClientError", "certificate verify failed: self-signed certificate in certificate chain (_ssl.c:1006)"),
        ("ConnectionError", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
    ],
)
def test_an_inspected_connection_names_the_proxy_and_the_variable(code: str, message: str) -> None:
    """https://github.com/trek10inc/awsume/issues/266."""
    said = likely_cause(ReadFailure("sts:AssumeRole", code, message))
    assert "a proxy that inspects TLS" in said
    assert "AWS_CA_BUNDLE" in said


@pytest.mark.parametrize("code", ["PackedPolicyTooLarge", "PackedPolicyTooLargeException"])
def test_session_tags_that_leave_no_room_are_no_matter_of_time(code: str) -> None:
    """https://github.com/aws/containers-roadmap/issues/2413."""
    said = likely_cause(
        ReadFailure("sts:AssumeRole", code, "Packed size of session tags consumes 112% of allotted space.")
    )
    assert "session tags that the caller's session passes on" in said
    assert "a repeat does not help" in said
    assert "next run" not in said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("OptInRequired", "the account is not active for the service"),
        ("SubscriptionRequiredException", "the account is not active for the service"),
        ("AWSOrganizationsNotInUseException", "is in no organization"),
        ("UnknownRegionError", "check the name of the Region"),
        ("EndpointProviderError", "check the name of the Region"),
        ("UnauthorizedSSOTokenError", "aws sso login"),
        ("LoginRefreshRequired", "aws login"),
    ],
)
def test_what_only_a_person_can_change_promises_no_next_run(code: str, said: str) -> None:
    """The state of an account, a Region that does not exist, a sign-in that has ended."""
    cause = likely_cause(ReadFailure("sts:AssumeRole", code, "…"))
    assert said in cause
    assert "next run" not in cause


HONG_KONG = Identity("111111111111", "aws", "ap-east-1")


@pytest.mark.parametrize("code", ["UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "InvalidToken"])
def test_an_opt_in_region_that_refuses_the_caller_is_the_subject_of_this_product(code: str) -> None:
    """https://github.com/nccgroup/ScoutSuite/issues/1389."""
    said = likely_cause(ReadFailure("securityhub:DescribeHub", code, INVALID_TOKEN), caller=HONG_KONG)
    assert said.startswith("ap-east-1 is an opt-in Region, which refuses version 1 tokens from the global STS endpoint")
    assert "AWS_STS_REGIONAL_ENDPOINTS=regional" in said
    assert "an account that has not enabled the Region" in said


@pytest.mark.parametrize("caller", [replace(HONG_KONG, region="eu-central-1"), Identity("1", "aws-cn", "cn-north-1")])
def test_a_region_that_every_account_has_refuses_no_version_1_token(caller: Identity) -> None:
    """The credentials are wrong in some other way, such as a token left in the file."""
    said = likely_cause(
        ReadFailure("securityhub:DescribeHub", "UnrecognizedClientException", INVALID_TOKEN), caller=caller
    )
    assert "aws_session_token in ~/.aws/credentials" in said
    assert "version 1" not in said
