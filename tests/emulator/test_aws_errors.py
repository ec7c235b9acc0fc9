"""Injected errors have the code, message and format of their service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from emulator.faults.fault import Fault
from emulator.http.aws_errors import errors_of
from tests.emulator.calls import CALLS
from tests.emulator.identities import MANAGEMENT, MEMBER, Identity

if TYPE_CHECKING:
    from emulator.process import LocalAws

pytestmark = pytest.mark.network

CODES = {
    "iam:GetAccountSummary": [
        ("AccessDenied", 403),
        ("AccessDenied", 403),
        ("Throttling", 400),
        ("ExpiredToken", 403),
        ("InvalidClientTokenId", 403),
        ("SignatureDoesNotMatch", 403),
        ("ServiceFailure", 500),
    ],
    "sts:AssumeRole": [
        ("AccessDenied", 403),
        ("AccessDenied", 403),
        ("Throttling", 400),
        ("ExpiredToken", 403),
        ("InvalidClientTokenId", 403),
        ("SignatureDoesNotMatch", 403),
        ("InternalFailure", 500),
        ("RegionDisabledException", 403),
    ],
    "sts:AssumeRoot": [
        ("AccessDenied", 403),
        ("AccessDenied", 403),
        ("Throttling", 400),
        ("ExpiredToken", 403),
        ("InvalidClientTokenId", 403),
        ("SignatureDoesNotMatch", 403),
        ("InternalFailure", 500),
        ("RegionDisabledException", 403),
    ],
    "sns:Publish": [
        ("AuthorizationError", 403),
        ("AuthorizationError", 403),
        ("Throttling", 400),
        ("ExpiredToken", 403),
        ("InvalidClientTokenId", 403),
        ("SignatureDoesNotMatch", 403),
        ("InternalError", 500),
    ],
    "organizations:ListAccounts": [
        ("AccessDeniedException", 400),
        ("AccessDeniedException", 400),
        ("TooManyRequestsException", 400),
        ("ExpiredTokenException", 400),
        ("UnrecognizedClientException", 400),
        ("InvalidSignatureException", 400),
        ("ServiceException", 500),
    ],
    "account:ListRegions": [
        ("AccessDeniedException", 403),
        ("AccessDeniedException", 403),
        ("TooManyRequestsException", 429),
        ("ExpiredTokenException", 403),
        ("UnrecognizedClientException", 403),
        ("InvalidSignatureException", 403),
        ("InternalServerException", 500),
    ],
    "securityhub:BatchImportFindings": [
        ("AccessDeniedException", 403),
        ("AccessDeniedException", 403),
        ("TooManyRequestsException", 429),
        ("ExpiredTokenException", 403),
        ("UnrecognizedClientException", 403),
        ("InvalidSignatureException", 403),
        ("InternalException", 500),
    ],
    "s3:PutObject": [
        ("AccessDenied", 403),
        ("AccessDenied", 403),
        ("SlowDown", 503),
        ("ExpiredToken", 400),
        ("InvalidToken", 400),
        ("RequestTimeTooSkewed", 403),
        ("InternalError", 500),
        ("ConditionalRequestConflict", 409),
    ],
}


@pytest.mark.parametrize("action", CALLS)
def test_an_error_has_the_code_and_message_of_its_service(action: str, aws: LocalAws, management: Identity) -> None:
    """Code, status and message reach the client in every wire format."""
    codes, messages = [], {}
    for name, effect in errors_of(action).items():
        with aws.inject(Fault(action, effect)), pytest.raises(ClientError) as failed:
            CALLS[action](management)
        answer: Any = failed.value.response
        codes.append((answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]))
        messages[name] = answer["Error"]["Message"]

    assert codes == CODES[action]
    caller = f"User: arn:aws:iam::{MANAGEMENT}:root is not authorized to perform: {action}"
    assert messages["access_denied"].startswith(caller)
    assert messages["denied_by_service_control_policy"].endswith("explicit deny in a service control policy")
    if action.startswith("sts:"):
        assert f"not activated in this region for account:{MEMBER}." in messages["region_disabled"]
