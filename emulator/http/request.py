"""Recognize a request to AWS: its caller, service, action and the account that it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from emulator.http import caller
from emulator.http.resource_names import content_of
from emulator.patching import PrivateName
from emulator.services.sts import root_sessions

if TYPE_CHECKING:
    from emulator.http.asgi import Receive, Scope

    Headers = dict[str, str]
    Parameters = dict[str, list[str]]

_PRINCIPAL = re.compile(r"(?:arn:[^:]+:iam::)?(\d{12})(?::role/.+|:root)?")
_ATTEMPT = re.compile(r"\battempt=(\d+)")


@dataclass(frozen=True)
class Request:
    """A recognized request, before any authorization.

    Attributes:
        service: ministack's name of the service
        action: the IAM action, such as iam:GetAccountSummary; None if unknown
        caller: the ARN of the caller; None for unknown credentials
        account: the account of the caller's credentials
        region: the Region that the request was signed for
        target: the account of the role or root for sts:AssumeRole and sts:AssumeRoot, the one named by AccountId for
            Account Management
        assumed_root: whether the caller is a session of sts:AssumeRoot
        invocation: the id that an AWS SDK gives to a call and all its retries; None from other clients
        attempt: the number of the attempt, from 1
        content_type: the content type of the body
        body: the body as sent
    """

    service: str
    action: str | None
    caller: str | None
    account: str
    region: str
    target: str | None
    assumed_root: bool
    invocation: str | None
    attempt: int | None
    content_type: str
    body: bytes

    @property
    def about(self) -> str:
        """Return the account that the request is about."""
        return self.target or self.account


async def recognize(scope: Scope, receive: Receive) -> Request:
    """Read a whole request, and establish its caller for the rest of the processing."""
    body = await read_body(receive)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
    method, path = scope["method"], scope["path"]
    parameters = PrivateName.ROUTING_PARAMETERS.get()(method, path, headers, body, query)
    service = PrivateName.DETECT_SERVICE.get()(method, path, headers, parameters)
    identity = _establish_caller(headers, query)
    attempt = _ATTEMPT.search(headers.get("amz-sdk-request", ""))
    return Request(
        service=service,
        action=PrivateName.EXTRACT_IAM_ACTION.get()(service, method, path, headers, body, parameters),
        caller=str(identity["userArn"]) if identity else None,
        account=caller.account_id(),
        region=caller.region(),
        target=_target(service, parameters, body),
        assumed_root=identity is not None and root_sessions.task_of(identity["session"]) is not None,
        invocation=headers.get("amz-sdk-invocation-id"),
        attempt=int(attempt[1]) if attempt else None,
        content_type=headers.get("content-type", ""),
        body=body,
    )


def _establish_caller(headers: Headers, query: Parameters) -> dict[str, Any] | None:
    """Set ministack's request context as ministack itself does, and return its record of the caller."""
    access_key = PrivateName.EXTRACT_ACCESS_KEY.get()(headers, query)
    if access_key:
        PrivateName.SET_ACCOUNT_ID.get()(PrivateName.ACCOUNT_SCOPE.get()(access_key))
    PrivateName.SET_REGION.get()(PrivateName.EXTRACT_REGION.get()(headers, query))
    identity: dict[str, Any] | None = PrivateName.RESOLVE_CALLER_IDENTITY.get()(access_key)
    return identity


def _target(service: str, parameters: Parameters, body: bytes) -> str | None:
    if service == "sts":
        named = (parameters.get("RoleArn") or parameters.get("TargetPrincipal") or [""])[0]
        principal = _PRINCIPAL.fullmatch(named)
        return principal[1] if principal else None
    if service == "account":
        account_id = content_of(body).get("AccountId")
        return account_id if isinstance(account_id, str) else None
    return None


async def read_body(receive: Receive) -> bytes:
    """Read the whole body of a request."""
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
