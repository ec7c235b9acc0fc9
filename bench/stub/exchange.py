"""One request as it came, and one answer as it goes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

XML = "text/xml"
JSON = "application/x-amz-json-1.1"


@dataclass
class Request:
    """A request. The names of the headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """Return the path without its query."""
        return urlsplit(self.target).path

    @cached_property
    def form(self) -> dict[str, str]:
        """Return the body of a Query call."""
        return dict(parse_qsl(self.body.decode()))

    @cached_property
    def document(self) -> dict[str, Any]:
        """Return the body of a JSON call."""
        return dict(json.loads(self.body or b"{}"))


@dataclass(slots=True)
class Answer:
    """An answer. Its content type is that of the service's protocol."""

    body: bytes = b""
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the bytes of the answer, with a request id as AWS sends one."""
        lines = [
            f"HTTP/1.1 {self.status} -",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            "x-amzn-RequestId: 00000000-0000-4000-8000-000000000000",
            "Date: Sat, 21 Nov 2026 06:00:00 GMT",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


def json_answer(document: Any, status: int = 200, content_type: str = JSON) -> Answer:
    """Return a JSON document as an answer."""
    return Answer(json.dumps(document).encode(), status, content_type)


def query_answer(operation: str, namespace: str, result: str) -> Answer:
    """Return the answer of a Query call: ``result`` is the XML inside of the operation's result."""
    body = (
        f'<{operation}Response xmlns="{namespace}"><{operation}Result>{result}</{operation}Result>'
        "<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata>"
        f"</{operation}Response>"
    )
    return Answer(body.encode(), content_type=XML)
