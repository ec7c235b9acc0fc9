"""HTTP/1.1 over asyncio, no more of it than botocore uses: one request at a time on a connection that stays open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .chunks import unchunked
from .exchange import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from .exchange import Answer

    Respond = Callable[[Request], tuple[float, Answer]]
    """Takes a request and returns the seconds to wait and the answer."""

_END_OF_HEAD = b"\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connections:
    """How many connections are open, and how many were at most."""

    def __init__(self) -> None:
        self.open = 0
        self.most_open = 0
        self.opened = 0

    def change(self, by: int) -> None:
        """Count a connection that was opened (1) or closed (-1)."""
        self.open += by
        self.opened += max(by, 0)
        self.most_open = max(self.most_open, self.open)

    def document(self) -> dict[str, int]:
        """Return the counts since the last reset."""
        return {"connections_opened": self.opened, "most_connections_open": self.most_open}

    def reset(self) -> None:
        """Count again."""
        self.opened, self.most_open = 0, self.open


class Connection(asyncio.Protocol):
    """One connection. Answers wait on a timer, so thousands can be under way at once."""

    def __init__(self, respond: Respond, connections: Connections) -> None:
        self._respond = respond
        self._connections = connections
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._head: Request | None = None
        self._length = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"{transport!r} takes no bytes")
        self._transport = transport
        self._connections.change(1)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the name is asyncio's
        """Let answers that still wait for their timer go nowhere."""
        self._transport = None
        self._connections.change(-1)

    def data_received(self, data: bytes) -> None:
        """Take bytes until a request is whole, then answer it."""
        self._buffer += data
        if self._head is None and not self._read_head():
            return
        if self._head is not None and (received := self._body(self._head)) is not None:
            request, self._head = self._head, None
            request.body = received
            seconds, answer = self._respond(request)
            self._loop.call_later(seconds, self._send, answer.encoded())

    def _body(self, head: Request) -> bytes | None:
        """Take the body from the buffer; None while its end is missing."""
        if head.headers.get("transfer-encoding") == "chunked":
            found = unchunked(self._buffer)
            if found is None:
                return None
            content, length = found
            del self._buffer[:length]
            signed_in_chunks = "aws-chunked" in head.headers.get("content-encoding", "")
            inner = unchunked(content) if signed_in_chunks else found
            return inner[0] if inner else None
        if len(self._buffer) < self._length:
            return None
        received = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        return received

    def _read_head(self) -> bool:
        end = self._buffer.find(_END_OF_HEAD)
        if end < 0:
            return False
        first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + len(_END_OF_HEAD)]
        method, target, _version = first.split(" ", 2)
        fields = (line.split(":", 1) for line in lines)
        headers = {name.lower(): value.strip() for name, value in fields}
        self._length = int(headers.get("content-length", "0"))
        self._head = Request(method, target, headers, b"")
        if headers.get("expect") == "100-continue":
            self._send(_CONTINUE)
        return True

    def _send(self, answer: bytes) -> None:
        if self._transport is not None:
            self._transport.write(answer)
