"""Connections that bound every response in time and size, and read the CA certificates once.

A socket's timeout bounds silence only: a peer that sends a byte now and then can hold a reader for ever. So each
read of the socket gets no more time than its exchange has left, and counts what it received. Headers, bodies,
chunks and the answers of proxies all pass through these reads.

Botocore has no public way to choose the classes of its connections. The attributes used here are private, the
version is pinned, and ``tests/aws/test_connections.py`` fails if they change.
"""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.exceptions import BotoCoreError
from urllib3.exceptions import SSLError
from urllib3.util.ssl_ import create_urllib3_context

from .limits import current_exchange

if TYPE_CHECKING:
    from collections.abc import Callable


class ResponseTooLarge(BotoCoreError):
    """A response is larger than any that AWS sends for the call."""

    fmt = "the response is larger than the limit for this call"


def _read(sock: socket.socket, receive: Callable[..., int], *arguments: Any) -> int:
    """Receive bytes within the limits of the current exchange.

    Raises ``TimeoutError`` once the time of the exchange is up, which urllib3 reports as a read timeout, and
    ``ResponseTooLarge``.
    """
    exchange = current_exchange.get()
    if exchange is None:
        return receive(*arguments)
    left = exchange.seconds_left
    if left <= 0:
        raise TimeoutError("the response took too long")
    silence = sock.gettimeout()
    if silence is None or left < silence:
        sock.settimeout(left)
    count = receive(*arguments)
    exchange.bytes_left -= count
    if exchange.bytes_left < 0:
        raise ResponseTooLarge
    return count


class _LimitedSocket(socket.socket):
    """A socket whose reads keep to the limits of the exchange."""

    def recv_into(self, *arguments: Any) -> int:
        """Receive into a buffer. ``makefile`` reads by this method only."""
        return _read(self, super().recv_into, *arguments)


class _LimitedSSLSocket(ssl.SSLSocket):
    """The same over TLS."""

    def recv_into(self, *arguments: Any) -> int:
        """Receive into a buffer. ``makefile`` reads by this method only."""
        return _read(self, super().recv_into, *arguments)


def _limited(sock: socket.socket) -> socket.socket:
    timeout = sock.gettimeout()
    limited = _LimitedSocket(sock.family, sock.type, sock.proto, sock.detach())
    limited.settimeout(timeout)
    return limited


class _Connection(AWSHTTPConnection):
    """An HTTP connection with a limited socket."""

    def _new_conn(self) -> socket.socket:
        return _limited(super()._new_conn())


class _Trust:
    """Contexts of TLS, one for each file of CA certificates, shared by all clients of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._contexts: dict[tuple[str, int, int], ssl.SSLContext] = {}

    def context(self, ca_certs: str) -> ssl.SSLContext:
        """Return the context that trusts the certificates of a file. A file that changed is read again.

        Raises urllib3's ``SSLError`` if the file cannot be read, as urllib3 does.
        """
        try:
            found = Path(ca_certs).stat()
            key = (ca_certs, found.st_mtime_ns, found.st_size)
            with self._lock:
                if key not in self._contexts:
                    self._contexts[key] = _context_trusting(ca_certs)
                return self._contexts[key]
        except OSError as cause:
            raise SSLError(cause) from cause


def _context_trusting(ca_certs: str) -> ssl.SSLContext:
    context = create_urllib3_context()
    context.sslsocket_class = _LimitedSSLSocket
    context.load_verify_locations(ca_certs)
    return context


_trust = _Trust()


class _TLSConnection(AWSHTTPSConnection):
    """An HTTPS connection with a limited socket, whose CA certificates are read once per process.

    Urllib3 reads the file of CA certificates again for each connection, which takes 20 ms of CPU.
    """

    _trusted: str | None = None
    """The file of CA certificates, which urllib3 is not given, as it would read it."""

    def _new_conn(self) -> socket.socket:
        return _limited(super()._new_conn())

    def connect(self) -> None:
        """Connect, by way of a proxy if there is one."""
        if self.cert_reqs == "CERT_REQUIRED" and not self.cert_file:
            self._trusted, self.ca_certs = self.ca_certs or self._trusted, None
        if self._trusted:
            self.ssl_context = _trust.context(self._trusted)
        elif self.ssl_context is not None:
            self.ssl_context.sslsocket_class = _LimitedSSLSocket
        super().connect()

    def _connect_tls_proxy(self, hostname: str, sock: socket.socket) -> ssl.SSLSocket:
        """Connect to a proxy over TLS, which has its own context, with the same trust unless it is configured."""
        self.ca_certs = self._trusted or self.ca_certs
        try:
            return super()._connect_tls_proxy(hostname, sock)
        finally:
            self.ca_certs = None if self._trusted else self.ca_certs


class _Pool(AWSHTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(AWSHTTPSConnectionPool):
    ConnectionCls = _TLSConnection


_POOLS = {"http": _Pool, "https": _TLSPool}


def limit_connections(client: Any) -> None:
    """Let a client connect by limited connections only, directly and through proxies."""
    http = client._endpoint.http_session  # noqa: SLF001  # see the module's docstring
    http._pool_classes_by_scheme = _POOLS  # noqa: SLF001  # the pools of proxies, which are made when needed
    http._manager.pool_classes_by_scheme = _POOLS  # noqa: SLF001  # the pools of direct connections
