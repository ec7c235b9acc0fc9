"""Raw sockets that serve HTTP/1.1 on 127.0.0.1, so an answer can be broken at any byte."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.stub.exchange import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

BACKLOG = 128
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Gone(Exception):
    """The client has left, or the time in which answers are broken is over."""


@dataclass
class Wire:
    """The server's end of one connection. Every method raises ``Gone`` once no one waits for the answer."""

    sock: socket.socket
    stopped: threading.Event
    until: float = float("inf")
    sent: int = 0

    def send(self, content: bytes) -> None:
        """Send bytes."""
        if self.stopped.is_set() or time.monotonic() > self.until:
            raise Gone
        try:
            self.sock.sendall(content)
        except OSError as failure:
            raise Gone from failure
        self.sent += len(content)

    def pause(self, seconds: float) -> None:
        """Let time pass in silence."""
        left = min(seconds, self.until - time.monotonic())
        if self.stopped.wait(max(left, 0)) or left < seconds:
            raise Gone

    def wait_until_client_leaves(self) -> None:
        """Send nothing more, and notice if the client closes the connection."""
        while True:
            self.pause(0.05)
            with suppress(BlockingIOError):
                if not self._peek():
                    raise Gone

    def reset(self) -> None:
        """Close the connection with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        raise Gone

    def _peek(self) -> bytes:
        try:
            return self.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except ConnectionError as failure:
            raise Gone from failure


@dataclass
class Server:
    """Serves requests by ``respond``, each connection in a thread, until it is closed.

    ``respond`` writes its answer to the wire and returns whether the connection stays open.
    """

    respond: Callable[[Request, Wire], bool]
    stopped: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def serve(self) -> socket.socket:
        """Listen on a free port and return the listening socket."""
        listening = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.port = listening.getsockname()[1]
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()
        return listening

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                sock, _ = listening.accept()
                threading.Thread(target=self._converse, args=(sock,), daemon=True).start()

    def _converse(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(Gone, OSError), sock, sock.makefile("rb") as received:
            while request := _read(received, sock):
                if not self.respond(request, Wire(sock, self.stopped)):
                    return


@contextmanager
def serving(respond: Callable[[Request, Wire], bool]) -> Iterator[Server]:
    """Serve until the block ends."""
    server = Server(respond)
    with server.serve():
        try:
            yield server
        finally:
            server.stopped.set()


def _read(received: BinaryIO, sock: socket.socket) -> Request | None:
    """Return the next request; None if the client has left."""
    first = received.readline()
    if not first:
        return None
    method, target, _version = first.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while line := received.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("expect") == "100-continue":
        sock.sendall(_CONTINUE)
    return Request(method, target, headers, received.read(int(headers.get("content-length", "0"))))
