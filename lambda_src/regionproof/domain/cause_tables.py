"""Error codes and messages of failed calls with their likely cause, other than denials."""

from __future__ import annotations

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

REFUSED_TOKEN = frozenset({"AuthFailure", "InvalidClientTokenId", "InvalidToken", "UnrecognizedClientException"})
"""What EC2, STS and SQS, S3, and services with JSON answer to a token that they do not know.

Recordings ``v1_token_*``.
"""

WEB_IDENTITY_NOT_TRUSTED = (
    "the role's trust policy does not admit the web identity token: compare its conditions on the token's subject and "
    "audience, letter case included"
)

BY_MESSAGE = (
    (
        "no openidconnect provider found",
        "IAM has no OIDC provider for the token's issuer in the account of the role; create it there",
    ),
    (
        "incorrect token audience",
        "the audience of the web identity token is not a client id of the OIDC provider in IAM; add it there",
    ),
    (
        "couldn't retrieve verification key",
        "STS could not fetch the keys of the token's issuer in time; run it again, and see that the issuer is public",
    ),
    (
        "doesn't match configured thumbprint",
        "the TLS certificate of the token's issuer has changed; update the thumbprints of the OIDC provider in IAM",
    ),
    (
        "token expired: current date/time",
        "the web identity token has expired; have the caller read its token file again",
    ),
    (
        "not authorized to perform sts:assumerolewithwebidentity",
        WEB_IDENTITY_NOT_TRUSTED,
    ),
    (
        "credential should be scoped to a valid region",
        "the request was signed for another Region than that of the endpoint; check AWS_ENDPOINT_URL and the Region",
    ),
    (
        "invalid header value",
        "the session token, or another header, has a line break and cannot be sent; look for a proxy",
    ),
    (
        "exceeds the 1 hour session limit",
        "a role that was assumed by another role has sessions of 1 hour at most; a repeat does not help",
    ),
    (
        "must enable organizations access",
        "StackSets lack access to the organization; `regionproof preflight` shows how to enable it",
    ),
    (
        "must be the master or delegated admin",
        (
            "the audit account is not a delegated administrator for StackSets; "
            "`regionproof preflight` shows how to register it"
        ),
    ),
    (
        "organization must first enable trusted access",
        "Account Management lacks access to the organization; `regionproof preflight` shows how to enable it",
    ),
)
"""Words of a message, in lower case, that say more than the code does."""

_EXPIRED = (
    "the credentials of the call have expired; sign in again, or have whatever issues them renew them, and run it again"
)
_NOT_ACTIVE = (
    "the account is not active for the service: it is new (up to 24 hours), suspended or closed, or a payment is due; "
    "look at its state in Organizations"
)
_NOT_RENEWED = (
    "the audit's own credentials could not be renewed; sign in again (aws sso login, aws login), and run it again"
)
_NO_ENDPOINT = "this endpoint does not exist; check the name of the Region and AWS_ENDPOINT_URL"
_REFUSED_AS_IT_IS = (
    "AWS refuses the request as it is, so a repeat does not help; see the message, and update RegionProof or report it"
)
_NO_ROOM = (
    "the session tags that the caller's session passes on leave no room for the session policy that the audit sends "
    "with each sts:AssumeRole; run it with credentials without transitive session tags, as a repeat does not help"
)
_CLOCK = "the clock of the caller is off by more than the service allows; set it"
_SIGNATURE = "the secret key of the caller is wrong, or a proxy changes the request; sign in again"

_THROTTLED = "AWS throttled the call longer than the retries last; the next run tries again"
_FAULT_OF_AWS = "AWS failed inside, also when it was asked again; the next run tries again"
_NOT_OF_AWS = "the answer was truncated or did not come from AWS; if the next run reports it too, look for a proxy"

_CODES = (
    (THROTTLING_CODES, _THROTTLED),
    (
        ("InternalFailure", "InternalError", "InternalServerException", "ServiceFailure", "ServiceUnavailable"),
        _FAULT_OF_AWS,
    ),
    # Where an error names no code, botocore gives the HTTP status in its place.
    (("500", "502", "503", "504"), _FAULT_OF_AWS),
    # What botocore raises for an answer that is not of the service, and for one that is cut off.
    (
        ("AttributeError", "IncompleteReadError", "KeyError", "ResponseParserError", "TypeError", "ValueError"),
        _NOT_OF_AWS,
    ),
    (("ExpiredToken", "ExpiredTokenException"), _EXPIRED),
    (("SignatureDoesNotMatch", "InvalidSignatureException"), _SIGNATURE),
    (("PackedPolicyTooLarge", "PackedPolicyTooLargeException"), _NO_ROOM),
    (("EndpointProviderError", "UnknownEndpointError", "UnknownRegionError", "NoRegionError"), _NO_ENDPOINT),
    (("InvalidRegionError", "InvalidEndpointConfigurationError"), _NO_ENDPOINT),
    (("OptInRequired", "SubscriptionRequiredException", "NotSignedUp", "PendingVerification"), _NOT_ACTIVE),
    (("AccountProblem", "Blocked"), _NOT_ACTIVE),
    (("ValidationError", "ValidationException", "ParamValidationError"), _REFUSED_AS_IT_IS),
    (("MalformedPolicyDocument", "MalformedPolicyDocumentException"), _REFUSED_AS_IT_IS),
    (("InvalidInput", "InvalidParameterException", "InvalidParameterValue"), _REFUSED_AS_IT_IS),
    (("CredentialRetrievalError", "MetadataRetrievalError", "NoCredentialsError"), _NOT_RENEWED),
    (("SSOError", "SSOTokenLoadError", "TokenRetrievalError", "UnauthorizedSSOTokenError"), _NOT_RENEWED),
    (("LoginError", "LoginRefreshRequired", "LoginTokenLoadError", "UnauthorizedException"), _NOT_RENEWED),
)

BY_CODE = {
    **{code: cause for codes, cause in _CODES for code in codes},
    "RegionDisabledException": (
        "STS is not active for the account in that Region, which also passes on its own in a new account; "
        "activate it under IAM > Account settings"
    ),
    "RequestExpired": "the credentials have expired, or the clock of the caller is wrong; sign in again or set it",
    "RequestTimeTooSkewed": _CLOCK,
    "UnexpectedAnswer": "AWS returned something that this version does not know; update RegionProof or report it",
    "EndpointConnectionError": (
        "the endpoint did not answer; check the network, a proxy, and that the Region in the endpoint's name exists; "
        "the next run tries again"
    ),
    "ProxyConnectionError": "the proxy did not answer; check HTTPS_PROXY and NO_PROXY",
    "IllegalLocationConstraintException": "the bucket is in another Region; name the bucket's Region",
    "AWSOrganizationsNotInUseException": (
        "the account of these credentials is in no organization; use the management account of one"
    ),
    "MissingDependencyException": (
        'a profile made by `aws login` needs the package "botocore[crt]" in this Python environment; install it, or '
        "use credentials of another kind"
    ),
}
"""Causes by error code, or by the name of botocore's exception where AWS did not answer."""
