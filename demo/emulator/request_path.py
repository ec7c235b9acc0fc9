"""The one wrapper around every request that reaches the emulated AWS: it observes, and it is where to interfere.

A request is read whole and recognized before ministack sees it. So a delay, an error or a reset of the connection
for a given service, operation or account belongs between `_recognized` and `_serve`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from demo.emulator import caller
from demo.emulator.patching import PrivateName

if TYPE_CHECKING:
    from demo.emulator.asgi import Application, Message, Receive, Scope, Send
    from demo.emulator.call_log import CallLog
    from demo.emulator.control import Control

_MINISTACKS_OWN = ("/_ministack/", "/_localstack/", "/health")
_FIRST_ERROR = 400
_ERROR_CODE = re.compile(rb'<Code>([^<]+)</Code>|"__type": ?"([^"]+)"|"Code": ?"([^"]+)"')


@dataclass(frozen=True)
class Request:
    """A request to AWS, recognized: action is such as iam:GetAccountSummary, None where it is not known."""

    service: str
    action: str | None
    access_key: str
    body: bytes


@dataclass
class Outcome:
    """What came back: the HTTP status and, of an error, the code."""

    status: int = 0
    error_code: str | None = None


class RequestPath:
    """An ASGI application around ministack's own."""

    def __init__(self, application: Application, log: CallLog, control: Control) -> None:
        self._application = application
        self._log = log
        self._control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
        elif self._control.serves(scope["path"]):
            await self._control.serve(scope, send)
        elif scope["path"].startswith(_MINISTACKS_OWN):
            await self._application(scope, receive, send)
            self._control.after(scope["path"])
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _recognized(scope, await _whole_body(receive))
        outcome = Outcome()
        await self._application(scope, _replaying(request.body, receive), _observing(send, outcome))
        identity = PrivateName.RESOLVE_CALLER_IDENTITY.get()(request.access_key)
        self._log.append(
            caller=identity["userArn"] if identity else None,
            account=caller.account_id(),
            region=caller.region(),
            service=request.service,
            action=request.action,
            status=outcome.status,
            error_code=outcome.error_code,
        )


def _recognized(scope: Scope, body: bytes) -> Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
    method, path = scope["method"], scope["path"]
    parameters = PrivateName.ROUTING_PARAMETERS.get()(method, path, headers, body, query)
    service = PrivateName.DETECT_SERVICE.get()(method, path, headers, parameters)
    action = PrivateName.EXTRACT_IAM_ACTION.get()(service, method, path, headers, body, parameters)
    return Request(service, action, PrivateName.EXTRACT_ACCESS_KEY.get()(headers, query), body)


async def _whole_body(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _replaying(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


def _observing(send: Send, outcome: Outcome) -> Send:
    async def observe(message: Message) -> None:
        if message["type"] == "http.response.start":
            outcome.status = message["status"]
            outcome.error_code = _header_code(message)
        elif outcome.status >= _FIRST_ERROR and outcome.error_code is None:
            outcome.error_code = _body_code(message.get("body", b""))
        await send(message)

    return observe


def _header_code(message: Message) -> str | None:
    for name, value in message.get("headers", []):
        if name.lower() == b"x-amzn-errortype":
            return str(value.decode("latin-1"))
    return None


def _body_code(body: bytes) -> str | None:
    found = _ERROR_CODE.search(body)
    return next(group.decode() for group in found.groups() if group) if found else None
