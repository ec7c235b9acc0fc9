"""A wire between the function and the local AWS that keeps every credential which passes, in both directions."""

from __future__ import annotations

import http.client
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOTHING = b"Action=Nothing"

_SIGNED_WITH = re.compile(r"Credential=([^/]+)/")
_ISSUED = re.compile(rb"<(AccessKeyId|SecretAccessKey|SessionToken)>([^<]+)</")
_WRONG = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>The request signature we "
    "calculated does not match the signature you provided. The Canonical String for this request should have been\n"
    "'POST\n/\n\nx-amz-security-token:{}\n' ({})</Message></Error></ErrorResponse>"
)
_OF_ONE_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}


@dataclass
class Wiretap:
    """What passed: the key ids and tokens that requests were signed with, and the credentials that were issued.

    ``passed`` has the time of every request, by ``time.monotonic``, with its path and its body.
    Requests that hold ``refuses`` it refuses itself, as AWS does where a signature is wrong: with all that was signed.
    """

    upstream: str
    url: str = ""
    used: set[str] = field(default_factory=set)
    issued: dict[str, set[str]] = field(default_factory=dict)
    refuses: bytes = NOTHING
    refused: int = 0
    passed: list[tuple[float, bytes]] = field(default_factory=list)

    def listen_to_request(self, headers: Any) -> None:
        """Keep what a request was signed with."""
        self.used |= set(_SIGNED_WITH.findall(headers.get("authorization", "")))
        self.used |= {token for token in [headers.get("x-amz-security-token")] if token}

    def listen_to_answer(self, body: bytes) -> None:
        """Keep what an answer of STS issues."""
        for kind, credential in _ISSUED.findall(body):
            self.issued.setdefault(kind.decode(), set()).add(credential.decode())


class _Handler(BaseHTTPRequestHandler):
    """Passes each request on as it is, and its answer back."""

    protocol_version = "HTTP/1.1"
    tap: Wiretap

    def do_GET(self) -> None:
        """Pass one request on, or refuse it."""
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.tap.passed.append((time.monotonic(), self.path.encode() + b" " + content))
        self.tap.listen_to_request(self.headers)
        if self.tap.refuses in content:
            self.tap.refused += 1
            said = _WRONG.format(self.headers["x-amz-security-token"], self.headers["authorization"])
            self._answer(403, [("content-type", "text/xml")], said.encode())
        else:
            self._pass_on(content)

    do_POST = do_PUT = do_GET  # noqa: N815  # names that http.server looks for

    def _pass_on(self, content: bytes) -> None:
        wire = http.client.HTTPConnection(urlsplit(self.tap.upstream).netloc, timeout=30)
        kept = {name: value for name, value in self.headers.items() if name.lower() not in _OF_ONE_HOP}
        wire.request(self.command, self.path, content, kept)
        answer = wire.getresponse()
        body = answer.read()
        wire.close()
        self.tap.listen_to_answer(body)
        self._answer(answer.status, answer.getheaders(), body)

    def _answer(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _OF_ONE_HOP:
                self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def wiretap(upstream: str) -> Iterator[Wiretap]:
    """Pass requests on from a free port of 127.0.0.1 until the end of the block."""
    tap = Wiretap(upstream)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_TappedHandler", (_Handler,), {"tap": tap}))
    tap.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield tap
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
