"""The likely cause of a failed read, and what to do about it.

The codes and messages are those of the recordings and of the AWS pages named beside them.
"""

from __future__ import annotations

import re
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

_POLICIES_OF_OTHERS = ("service control policy", "resource control policy", "permissions boundary")

_A_MEMBER_ASKED_FOR_FROM_ABOVE = re.compile(r":account::\d{12}:account/o-")
"""The resource that Account Management names where it is asked about another account (recording
``policy_names_wrong_arn``). An account that asks about itself is named ``arn:…:account::111122223333:account``.
"""

_BY_THE_FUNCTION = re.compile(r"User: arn:[a-z-]+:sts::\d{12}:assumed-role/RegionProofAuditFunction/")


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


def is_denial(unread: Unread) -> bool:
    """Tell whether AWS refused the call to whoever made it."""
    return unread.code in _ACCESS_DENIED


def is_refused_as_member(unread: Unread) -> bool:
    """Tell whether Organizations refused an account that is neither at the top nor a delegated administrator.

    A policy that does not allow the call is another matter: the message then names caller and action. S3 and IAM
    spell their denials without «Exception».
    """
    return unread.code == "AccessDeniedException" and "not authorized to perform" not in unread.message


def denying_policy(unread: Unread) -> str | None:
    """Return the kind of policy beyond the audit's own ones that the message of a denial names, if any.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    return next((policy for policy in _POLICIES_OF_OTHERS if policy in unread.message.lower()), None)


def _cause_of_denial(unread: Unread) -> str:
    if policy := denying_policy(unread):
        return f"a {policy} denies the call; let it pass for the audit's role"
    if unread.call == "account:ListRegions" and "trusted access" in unread.message.lower():
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
    return _cause_in_a_policy_of_the_audit(unread.message)


def _cause_in_a_policy_of_the_audit(message: str) -> str:
    if _A_MEMBER_ASKED_FOR_FROM_ABOVE.search(message):
        return (
            "the audit account's own policy does not allow the call for members of this organization; "
            "check deployment.organization_id in the settings and deploy again"
        )
    if _BY_THE_FUNCTION.search(message):
        return "the policy of the audit function's role does not allow the call; deploy RegionProof again"
    return "the policy of the member role does not allow the call; roll the current role out again"
