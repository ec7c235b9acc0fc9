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
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.exceptions import BotoCoreError
from urllib3.exceptions import SSLError

from .limits import current_exchange

if TYPE_CHECKING:
    from collections.abc import Callable


class ResponseTooLarge(BotoCoreError):  # noqa: N818  # named like botocore's other refusals of answers
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


_loading = threading.Lock()


class _TLSConnection(AWSHTTPSConnection):
    """An HTTPS connection with a limited socket, whose certificates are read once per context.

    Urllib3 reads the file of CA certificates again for each connection, which takes 20 ms of CPU.
    """

    def _new_conn(self) -> socket.socket:
        return _limited(super()._new_conn())

    def connect(self) -> None:
        """Connect, by way of a proxy if there is one."""
        context = self.ssl_context
        if context is not None:
            context.sslsocket_class = _LimitedSSLSocket
            self._load_certificates_once(context)
        super().connect()

    def _load_certificates_once(self, context: Any) -> None:
        """Load the CA certificates into the context, unless an earlier connection did.

        Raises urllib3's ``SSLError`` if the file cannot be read, as urllib3 does.
        """
        with _loading:
            if self.ca_certs and getattr(context, "loaded_ca_certs", None) != self.ca_certs:
                try:
                    context.load_verify_locations(self.ca_certs)
                except OSError as cause:
                    raise SSLError(cause) from cause
                context.loaded_ca_certs = self.ca_certs
            self.ca_certs = None


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
