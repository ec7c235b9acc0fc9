"""The likely cause of a failed read, and what to do about it.

The codes and messages are those of the recordings and of the AWS pages named beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .facts import Unread

_ACCESS_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
THROTTLING_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""What the SDKs take for throttling.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

_FAULTS_OF_AWS = frozenset(
    {
        "InternalFailure",
        "InternalError",
        "InternalServerException",
        "ServiceFailure",
        "ServiceUnavailable",
        "500",
        "502",
        "503",
        "504",
    }
)
"""Where an error names no code, botocore gives the HTTP status in its place."""

_NOT_OF_AWS = frozenset(
    {"AttributeError", "IncompleteReadError", "KeyError", "ResponseParserError", "TypeError", "ValueError"}
)
"""What botocore raises for an answer that is not of the service, and for one that is cut off."""

_BY_CODE = {
    "RegionDisabledException": (
        "STS is not active for the account in that Region, which also passes on its own in a new account; "
        "activate it under IAM > Account settings"
    ),
    "ExpiredToken": "the audit's own session ended in mid-run; run it again",
    "ExpiredTokenException": "the audit's own session ended in mid-run; run it again",
    "InvalidToken": "the credentials are not valid there; check the account's state and the clock",
    "InvalidClientTokenId": "the credentials are not valid there; check the account's state and the clock",
    "UnrecognizedClientException": "the credentials are not valid there; check the account's state and the clock",
    "SignatureDoesNotMatch": "the secret key or the clock of the caller is wrong",
    "InvalidSignatureException": "the secret key or the clock of the caller is wrong",
    "RequestTimeTooSkewed": "the clock of the caller is more than 5 minutes off",
    "SSLError": "the TLS certificate was not accepted; look for a proxy in between, or set AWS_CA_BUNDLE",
    "RequestExpired": "the clock of the caller is more than 5 minutes off",
    "UnexpectedAnswer": "AWS answered what this version does not know; update RegionProof or report it",
}


def likely_cause(unread: Unread) -> str:
    """Return a clause that names the likely cause and the cure, for a person."""
    if unread.code in _ACCESS_DENIED:
        return _cause_of_denial(unread)
    if unread.code in THROTTLING_CODES:
        return "AWS throttled the call longer than the retries last; the next run tries again"
    if "Timeout" in unread.code or "Connection" in unread.code or unread.code == "EndpointConnectionError":
        return "the network or the service did not answer; the next run tries again"
    if unread.code in _FAULTS_OF_AWS:
        return "AWS failed inside, also when it was asked again; the next run tries again"
    if unread.code in _NOT_OF_AWS:
        return "the answer was cut off or is none of AWS; look for a proxy in between if the next run says so too"
    return _BY_CODE.get(unread.code, "see the message; the next run tries again")


def _cause_of_denial(unread: Unread) -> str:
    # The policy types that a denial names:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    message = unread.message.lower()
    for policy in ("service control policy", "resource control policy", "permissions boundary"):
        if policy in message:
            return f"a {policy} denies the call; let it pass for the audit's role"
    if unread.call == "account:ListRegions" and "trusted access" in message:
        return "Account Management may not work across the organization; `regionproof preflight` says what to enable"
    if unread.call == "sts:AssumeRoot":
        return (
            "root sessions are not allowed: central root access may be off, the caller no delegated administrator for "
            "IAM, or itself a root user, which AWS lets open none; `regionproof preflight` says what is missing"
        )
    if unread.call == "sts:AssumeRole":
        return (
            "the member role is missing in the account, or does not trust the audit's role; "
            "check that the StackSet has an instance there"
        )
    return "the policy of the member role does not allow the call; roll the current role out again"
