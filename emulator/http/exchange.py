"""One HTTP request and its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.http.answers import Answer
    from emulator.http.asgi import Message, Receive, Scope, Send
    from emulator.http.request import Request

    RawHeaders = list[tuple[bytes, bytes]]

_FIRST_ERROR = 400
_ERROR_CODE = re.compile(rb'<Code>([^<]+)</Code>|"__type": ?"([^"]+)"|"Code": ?"([^"]+)"')
_SIZE_HEADERS = frozenset({b"content-length", b"transfer-encoding"})


@dataclass
class HttpAnswer:
    """A whole HTTP answer. Its headers leave out the size of the body."""

    status: int = 0
    headers: RawHeaders = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def of(cls, answer: Answer) -> HttpAnswer:
        """Convert an answer of the overlay."""
        status, headers, body = answer
        return cls(status, [(name.encode(), value.encode()) for name, value in headers.items()], body)

    async def collect(self, message: Message) -> None:
        """Add one message of an ASGI application to the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [pair for pair in message.get("headers", []) if pair[0].lower() not in _SIZE_HEADERS]
        else:
            self.body += message.get("body", b"")


@dataclass
class Exchange:
    """A request, its connection and its outcome. `status` and `error_code` are those sent to the client, if any."""

    scope: Scope
    request: Request
    receive: Receive
    raw_send: Send
    status: int | None = None
    error_code: str | None = None
    served: bool = False
    injected: str | None = None

    async def send(self, message: Message) -> None:
        """Send a message to the client, and record the status and error code."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.error_code = _header_code(message)
        elif (self.status or 0) >= _FIRST_ERROR and self.error_code is None:
            self.error_code = _body_code(message.get("body", b""))
        await self.raw_send(message)

    async def answer(self, answer: HttpAnswer) -> None:
        """Send a whole answer."""
        await self.begin(answer, len(answer.body))
        await self.send({"type": "http.response.body", "body": answer.body})

    async def begin(self, answer: HttpAnswer, size: int) -> None:
        """Send the status and headers of an answer, with `size` as Content-Length."""
        headers = [*answer.headers, (b"content-length", str(size).encode())]
        await self.send({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def until_disconnected(self) -> None:
        """Wait until the client disconnects."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    def replaying(self) -> Receive:
        """Return a `receive` with which an application can read the request again."""
        messages: list[Message] = [{"type": "http.request", "body": self.request.body, "more_body": False}]

        async def replay() -> Message:
            return messages.pop() if messages else await self.receive()

        return replay


def _header_code(message: Message) -> str | None:
    for name, value in message.get("headers", []):
        if name.lower() == b"x-amzn-errortype":
            return str(value.decode("latin-1"))
    return None


def _body_code(body: bytes) -> str | None:
    match = _ERROR_CODE.search(body)
    return next(group.decode() for group in match.groups() if group) if match else None
