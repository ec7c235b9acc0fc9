"""A small AWS on 127.0.0.1 that answers as the world of a case says."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from . import world as answers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .world import Refusal, World

_MEMBER = re.compile(r"Credential=ASIA0000(\d{12})/")
_BY_PATH = {"/listRegions": "ListRegions", "/accounts": "DescribeHub"}
_JSON, _XML = "application/json", "text/xml"


@dataclass(frozen=True)
class Request:
    """One request: its operation, what it says, who signed it, and which account it is about."""

    operation: str
    said: Mapping[str, Any]
    signer: str
    account: str
    in_json: bool


@dataclass
class StubAws:
    """Answers requests, and keeps them in ``asked``."""

    world: World
    asked: list[Request] = field(default_factory=list)
    refused: Counter[Refusal] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> tuple[int, str, dict[str, str]]:
        """Return status, body and headers."""
        with self.lock:
            self.asked.append(request)
            refusal = self._refusal(request)
        if refusal:
            return _error(request, refusal.code, refusal.message, refusal.status)
        try:
            return self._granted(request)
        except LookupError:
            return _error(request, "StackSetNotFoundException", f"{request.operation} finds nothing", 404)

    def _refusal(self, request: Request) -> Refusal | None:
        for refusal in self.world.refusals:
            about = refusal.account in {"", request.account}
            if refusal.operation == request.operation and about and self.refused[refusal] != refusal.times:
                self.refused[refusal] += 1
                return refusal
        return None

    def _granted(self, request: Request) -> tuple[int, str, dict[str, str]]:
        operation = request.operation
        if operation == "ListRegions":
            return 200, json.dumps(answers.regions(self.world, request.account)), {"content-type": _JSON}
        if operation == "DescribeHub":
            return 200, json.dumps({"HubArn": "arn:aws:securityhub:::hub/default"}), {"content-type": _JSON}
        if request.in_json:
            return 200, json.dumps(answers.organizations(self.world, operation, request.said)), {"content-type": _JSON}
        inner = answers.query(self.world, operation, request.said, request.account)
        body = f"<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"
        return 200, body, {"content-type": _XML}


def _error(request: Request, code: str, message: str, status: int) -> tuple[int, str, dict[str, str]]:
    if request.in_json:
        body = json.dumps({"__type": code, "message": message, "Message": message})
        return status, body, {"content-type": _JSON, "x-amzn-errortype": code}
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return status, f"<ErrorResponse>{error}</ErrorResponse>", {"content-type": _XML}


def _request(world: World, headers: Any, path: str, body: str) -> Request:
    found = _MEMBER.search(headers["authorization"] or "")
    signer = found.group(1) if found else world.caller
    target = headers["x-amz-target"] or ""
    by_path = _BY_PATH.get(path.partition("?")[0], "")
    if target or by_path:
        said = json.loads(body or "{}")
        return Request(
            target.rpartition(".")[2] or by_path, said, signer, said.get("AccountId") or signer, in_json=True
        )
    form = {key: values[0] for key, values in parse_qs(body).items()}
    role = form.get("RoleArn", ":::::").split(":")[4]
    account = role or form.get("TargetPrincipal") or signer
    return Request(form.get("Action", path), form, signer, account, in_json=False)


@contextmanager
def stub_aws(world: World) -> Iterator[tuple[StubAws, str]]:
    """Serve on a free port of 127.0.0.1 until the end of the block; give the stub and its URL."""
    aws = StubAws(world)

    class Handler(BaseHTTPRequestHandler):
        """Passes each request on."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Answer a request."""
            body = self.rfile.read(int(self.headers["content-length"] or 0)).decode()
            status, said, headers = aws.answer(_request(world, self.headers, self.path, body))
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(said.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.encode())

        def do_GET(self) -> None:
            """Answer a request."""
            self.do_POST()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield aws, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
