"""A proxy on 127.0.0.1 that ends TLS as the requested host and answers in AWS's place. It connects to nothing.

It keeps every request with the service and Region that its signature names, and refuses what no host of AWS would
take: a host that it does not play, TLS without a name or for another one, a ``Host`` header of another name, a
request without a signature, plain HTTP.
"""

from __future__ import annotations

import re
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase, BytesIO
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .certificates import Authority

_SCOPE = re.compile(r"Credential=(?P<key>[^/,]+)/\d{8}/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request,")


@dataclass(frozen=True)
class Request:
    """A signed request as it came out of TLS. The names of its headers are in lower case."""

    host: str
    service: str
    region: str
    access_key: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    """What is sent back."""

    status: int
    body: bytes = b""
    etag: str = ""


class Hosts(Protocol):
    """Who answers in AWS's place."""

    def plays(self, host: str) -> bool:
        """Return whether there is such a host."""

    def answer(self, request: Request) -> Response:
        """Answer a request."""


@dataclass
class Traffic:
    """What came through the proxy at ``url``: the requests that were answered, and why others were refused."""

    url: str
    requests: list[Request] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    """One connection: CONNECT, TLS, and then requests to the one host."""

    protocol_version = "HTTP/1.1"
    host = ""
    traffic: Traffic
    hosts: Hosts
    authority: Authority

    def do_CONNECT(self) -> None:
        """Go on as the host that is asked for."""
        host, _, port = self.path.rpartition(":")
        if self.host or port != "443" or not self.hosts.plays(host):
            self._refuse(f"CONNECT {self.path}")
            return
        self.send_response(200)
        self.end_headers()
        try:
            self._speak_tls_as(host)
        except OSError as failure:
            self.traffic.refusals.append(f"TLS as {host}: {failure}")
            self.close_connection = True

    def _speak_tls_as(self, host: str) -> None:
        context = self.authority.context_for(host)
        context.sni_callback = partial(_alert_unless_named, host)
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.host = host
        self.close_connection = False

    def _handle(self) -> None:
        body = self._body()
        scope = _SCOPE.search(self.headers["authorization"] or "")
        if not self.host or self.headers["host"] != self.host or scope is None:
            self._refuse(f"{self.command} {self.path} to {self.headers['host']} at {self.host or 'the proxy'}")
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(
            self.host, scope["service"], scope["region"], scope["key"], self.command, self.path, headers, body
        )
        self.traffic.requests.append(request)
        response = self.hosts.answer(request)
        self._send(response)

    def _body(self) -> bytes:
        """Read the content. Over TLS, botocore sends S3 chunks of its own, with a checksum, within those of HTTP."""
        if self.headers["transfer-encoding"] != "chunked":
            return self.rfile.read(int(self.headers["content-length"] or 0))
        content = _without_chunks(self.rfile)
        return _without_chunks(BytesIO(content)) if self.headers["content-encoding"] == "aws-chunked" else content

    do_GET = do_POST = do_PUT = do_HEAD = _handle  # noqa: N815  # the names of http.server

    def _refuse(self, what: str) -> None:
        self.traffic.refusals.append(what)
        self.close_connection = True
        self._send(Response(403))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        self.send_header("content-length", str(len(response.body)))
        if response.etag:
            self.send_header("etag", response.etag)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def log_message(self, *_: Any) -> None:
        """Write no log."""


def _without_chunks(stream: BufferedIOBase | BytesIO) -> bytes:
    """Read chunks and what comes behind the last one; return what the chunks hold."""
    content = b""
    while size := int(stream.readline(), 16):
        content += stream.read(size)
        stream.readline()
    while stream.readline().strip():
        pass
    return content


def _alert_unless_named(host: str, _sock: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
    """Refuse a handshake that names no host, or another one."""
    return None if name == host else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME


@contextmanager
def tls_proxy(hosts: Hosts, authority: Authority) -> Iterator[Traffic]:
    """Serve on a free port until the end of the block."""
    traffic = Traffic("")
    handler = type("Handler", (_Handler,), {"traffic": traffic, "hosts": hosts, "authority": authority})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    traffic.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield traffic
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
