"""The errors that AWS sends for an action, such as `throttled("iam:GetAccountSummary")`.

Codes and statuses come from the services' models, https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
and https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. Some messages of AWS differ. Clients depend on
the code and the status.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from emulator.faults.fault import ErrorAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Codes: TypeAlias = "Mapping[str, tuple[str, int]]"

_OTHERS = ""
_WITHOUT_REASON = ("sts:AssumeRole", "sts:AssumeRoot")
_DENIED: Codes = MappingProxyType(
    {
        "iam": ("AccessDenied", 403),
        "sts": ("AccessDenied", 403),
        "s3": ("AccessDenied", 403),
        "sns": ("AuthorizationError", 403),
        "organizations": ("AccessDeniedException", 400),
        _OTHERS: ("AccessDeniedException", 403),
    }
)
_THROTTLED: Codes = MappingProxyType(
    {
        "iam": ("Throttling", 400),
        "sts": ("Throttling", 400),
        "sns": ("Throttling", 400),
        "s3": ("SlowDown", 503),
        "organizations": ("TooManyRequestsException", 400),
        "account": ("TooManyRequestsException", 429),
        "securityhub": ("TooManyRequestsException", 429),
        _OTHERS: ("ThrottlingException", 400),
    }
)
_EXPIRED: Codes = MappingProxyType(
    {
        "iam": ("ExpiredToken", 403),
        "sts": ("ExpiredToken", 403),
        "sns": ("ExpiredToken", 403),
        "s3": ("ExpiredToken", 400),
        "organizations": ("ExpiredTokenException", 400),
        _OTHERS: ("ExpiredTokenException", 403),
    }
)
_INVALID: Codes = MappingProxyType(
    {
        "iam": ("InvalidClientTokenId", 403),
        "sts": ("InvalidClientTokenId", 403),
        "sns": ("InvalidClientTokenId", 403),
        "s3": ("InvalidToken", 400),
        "organizations": ("UnrecognizedClientException", 400),
        _OTHERS: ("UnrecognizedClientException", 403),
    }
)
_SKEWED: Codes = MappingProxyType(
    {
        "iam": ("SignatureDoesNotMatch", 403),
        "sts": ("SignatureDoesNotMatch", 403),
        "sns": ("SignatureDoesNotMatch", 403),
        "s3": ("RequestTimeTooSkewed", 403),
        "organizations": ("InvalidSignatureException", 400),
        _OTHERS: ("InvalidSignatureException", 403),
    }
)
_FAILED: Codes = MappingProxyType(
    {
        "iam": ("ServiceFailure", 500),
        "sns": ("InternalError", 500),
        "s3": ("InternalError", 500),
        "organizations": ("ServiceException", 500),
        "account": ("InternalServerException", 500),
        "securityhub": ("InternalException", 500),
        _OTHERS: ("InternalFailure", 500),
    }
)


def access_denied(action: str) -> ErrorAnswer:
    """Deny for lack of a permission. For sts:AssumeRole, AWS sends the same error if the role does not exist."""
    reason = "" if action in _WITHOUT_REASON else f" because no identity-based policy allows the {action} action"
    return _error(_DENIED, action, f"User: {{caller}} is not authorized to perform: {action} on resource: *{reason}")


def denied_by_service_control_policy(action: str) -> ErrorAnswer:
    """Deny by a service control policy."""
    reason = "with an explicit deny in a service control policy"
    return _error(_DENIED, action, f"User: {{caller}} is not authorized to perform: {action} on resource: * {reason}")


def throttled(action: str) -> ErrorAnswer:
    """Refuse too many requests."""
    messages = {"s3": "Please reduce your request rate.", "securityhub": "Too Many Requests"}
    return _error(_THROTTLED, action, messages.get(_service(action), "Rate exceeded"))


def expired_token(action: str) -> ErrorAnswer:
    """Refuse an expired session."""
    messages = {"s3": "The provided token has expired."}
    return _error(
        _EXPIRED, action, messages.get(_service(action), "The security token included in the request is expired")
    )


def invalid_token(action: str) -> ErrorAnswer:
    """Refuse credentials that are not valid here, such as a version 1 token in an opt-in Region."""
    messages = {"s3": "The provided token is malformed or otherwise invalid."}
    default = "The security token included in the request is invalid."
    return _error(_INVALID, action, messages.get(_service(action), default))


def clock_skewed(action: str) -> ErrorAnswer:
    """Refuse a request because the client's clock is too far off."""
    messages = {"s3": "The difference between the request time and the current time is too large."}
    default = "Signature expired: 20261121T040000Z is now earlier than 20261121T041000Z (20261121T042500Z - 15 min.)"
    return _error(_SKEWED, action, messages.get(_service(action), default))


def internal_failure(action: str) -> ErrorAnswer:
    """Fail because of an error inside the service."""
    return _error(_FAILED, action, "An internal error occurred. Please try again.")


def region_disabled(_action: str = "sts:AssumeRole") -> ErrorAnswer:
    """Refuse a call to STS because the account has not activated it in the Region."""
    message = (
        "STS is not activated in this region for account:{account}. "
        "Your account administrator can activate STS in this region using the IAM Console."
    )
    return ErrorAnswer("RegionDisabledException", message, 403)


def conditional_request_conflict(_action: str = "s3:PutObject") -> ErrorAnswer:
    """Refuse a conditional write to S3 that conflicts with a concurrent one."""
    message = "A conflicting operation occurred during the upload."
    return ErrorAnswer("ConditionalRequestConflict", message, 409)


def errors_of(action: str) -> dict[str, ErrorAnswer]:
    """Return every error that can hit calls of an action, by the name of the function that builds it."""
    functions: tuple[Callable[[str], ErrorAnswer], ...] = (
        access_denied,
        denied_by_service_control_policy,
        throttled,
        expired_token,
        invalid_token,
        clock_skewed,
        internal_failure,
        *_ONLY_OF.get(action, ()),
    )
    return {function.__name__: function(action) for function in functions}


_ONLY_OF: Mapping[str, tuple[Callable[[str], ErrorAnswer], ...]] = MappingProxyType(
    {
        "sts:AssumeRole": (region_disabled,),
        "sts:AssumeRoot": (region_disabled,),
        "s3:PutObject": (conditional_request_conflict,),
    }
)


def _error(codes: Codes, action: str, message: str) -> ErrorAnswer:
    code, status = codes.get(_service(action)) or codes[_OTHERS]
    return ErrorAnswer(code, message, status)


def _service(action: str) -> str:
    return action.partition(":")[0]
