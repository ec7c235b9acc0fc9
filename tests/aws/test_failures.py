"""Failures in words: what a person reads when the run cannot go on, and what an unread fact keeps."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    LoginTokenLoadError,
    MissingDependencyException,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
    UnknownRegionError,
)
from botocore.parsers import ResponseParserError

from regionproof.aws.failures import as_setup_error
from regionproof.errors import SetupError


def _refusal(code: str, message: str = "as AWS says", operation: str = "ListAccounts") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


SENTENCES = {
    "no credentials": (NoCredentialsError(), "no AWS credentials found; sign in"),
    "half of the credentials": (
        PartialCredentialsError(provider="env", cred_var="aws_secret_access_key"),
        "half of the AWS credentials is missing.*aws_secret_access_key",
    ),
    "an unknown profile": (ProfileNotFound(profile="nobody"), "nobody.*aws configure list-profiles"),
    "a sign-in that has ended": (UnauthorizedSSOTokenError(), "run `aws sso login --profile NAME` again"),
    "a token that could not be fetched": (
        TokenRetrievalError(provider="sso", error_msg="expired"),
        "run `aws sso login --profile NAME` again",
    ),
    "a profile that never signed in": (SSOTokenLoadError(error_msg="none"), "run `aws sso login --profile NAME`"),
    "a sign-in by aws login that has ended": (LoginTokenLoadError(error_msg="gone"), "run `aws login --profile NAME`"),
    "a missing library": (MissingDependencyException(msg="CRT"), "pip install 'botocore.crt.'"),
    "a command that gives no credentials": (
        CredentialRetrievalError(provider="custom-process", error_msg="exit 1"),
        "gets its credentials from failed .*exit 1",
    ),
    "a certificate of a proxy": (
        SSLError(endpoint_url="https://sts", error=ValueError("self-signed")),
        "set AWS_CA_BUNDLE",
    ),
    "a certificate of a proxy that is reached by TLS": (
        ProxyConnectionError(proxy_url="https://proxy", error="certificate verify failed: self-signed certificate"),
        "set AWS_CA_BUNDLE",
    ),
    "a header that cannot be sent": (
        HTTPClientError(error=ValueError("Invalid header value b'RCCCPP\\nN1PJ'")),
        "could not be sent: the session token, or another header, has a line break",
    ),
    "an old session token": (_refusal("InvalidToken"), "an old aws_session_token in ~/.aws/credentials"),
    "no network": (EndpointConnectionError(endpoint_url="https://sts"), "AWS was not reached; check the network"),
    "a slow network": (ConnectTimeoutError(endpoint_url="https://sts"), "AWS was not reached"),
    "a slow answer": (ReadTimeoutError(endpoint_url="https://sts"), "AWS did not answer; check the network"),
    "an unknown Region": (
        UnknownRegionError(region_name="xx", error_msg="No partition"),
        "cannot start: .*region: .xx.",
    ),
    "expired credentials": (_refusal("ExpiredToken"), "have expired; sign in again, then repeat .ListAccounts"),
    "expired credentials of another service": (_refusal("ExpiredTokenException"), "have expired"),
    "an expired request": (_refusal("RequestExpired"), "have expired"),
    "an unknown token": (_refusal("InvalidClientTokenId"), "not valid there; look for stale AWS_. variables"),
    "an unknown client": (_refusal("UnrecognizedClientException"), "look for stale AWS_. variables"),
    "a wrong signature": (
        _refusal("SignatureDoesNotMatch"),
        "SignatureDoesNotMatch: the secret key of the caller is wrong",
    ),
    "an account in no organization": (_refusal("AWSOrganizationsNotInUseException"), "in no AWS Organization"),
    "an ordinary member account": (
        _refusal("AccessDeniedException", "You don't have permissions to access this resource."),
        "neither the management account nor a delegated administrator",
    ),
    "a missing right": (
        _refusal("AccessDeniedException", "User: x is not authorized to perform: organizations:ListAccounts"),
        "a right is missing: see docs/access.md .*organizations:ListAccounts",
    ),
    "any other refusal": (_refusal("ServiceException"), "ListAccounts failed with ServiceException: as AWS says"),
    "an answer that is none": (ResponseParserError("not XML"), "not XML"),
    "a wrong endpoint": (ValueError("Invalid endpoint: localhost:4566"), "localhost:4566; AWS_ENDPOINT_URL needs"),
}


@pytest.mark.parametrize(("failure", "said"), SENTENCES.values(), ids=SENTENCES)
def test_each_failure_is_one_sentence_that_names_the_cure(failure: Exception, said: str) -> None:
    """Whether botocore raises it on its own or for a call. The cause is kept for the log."""
    with pytest.raises(SetupError, match=said) as caught, as_setup_error():
        raise failure
    assert caught.value.__cause__ is failure
    assert len(str(caught.value).splitlines()) == 1


def test_the_profile_of_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the caller names another. https://github.com/mludvig/aws-ssm-tools/issues/53."""
    monkeypatch.setenv("AWS_PROFILE", "my audit")
    for profile, option in ((None, " --profile 'my audit'"), ("other", " --profile other")):
        with pytest.raises(SetupError, match=f"run `aws sso login{option}`"), as_setup_error(profile):
            raise SSOTokenLoadError(error_msg="none")


@pytest.mark.parametrize("defect", [KeyError("Accounts"), ValueError("a defect"), SetupError("said already")])
def test_what_is_no_failure_of_a_call_passes_unchanged(defect: Exception) -> None:
    """A defect is not dressed up as someone's wrong setting."""
    with pytest.raises(type(defect)) as caught, as_setup_error():
        raise defect
    assert caught.value is defect
