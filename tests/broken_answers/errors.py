"""Errors with unusable fields, pages of proxies, and statuses without a body."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.stub.exchange import XML, Answer
from tests.broken_answers.kinds import ALL_PROTOCOLS, JSON_PROTOCOLS, XML_PROTOCOLS, Hit, Kind, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 2**20
_NOTHING: dict[str, Any] = {}
_LONG = "m" * MIB

MESSAGES: dict[str, tuple[dict[str, Any], str]] = {
    "null": ({"message": None}, "<Message/>"),
    "missing": (_NOTHING, ""),
    "empty": ({"message": ""}, "<Message></Message>"),
    "blank": ({"message": " \n "}, "<Message> \n </Message>"),
    "a number": ({"message": 7}, "<Message>7</Message>"),
    "true": ({"message": True}, "<Message>true</Message>"),
    "an object": ({"message": {"a": None}}, "<Message><a/></Message>"),
    "a list": ({"message": ["a", None]}, "<Message>a</Message><Message/>"),
    "of 1 MiB": ({"message": _LONG}, f"<Message>{_LONG}</Message>"),
    "of control characters": ({"message": "\x00\x1b[2J\r\n\u202e\ufffe"}, "<Message>&#13;&#10;&#x202e;</Message>"),
    "a lone surrogate": ({"message": "\ud800"}, "<Message>&#xD800;</Message>"),
    "null, in capitals too": ({"message": None, "Message": None}, "<Message/><message/>"),
}
"""How a message may look, in JSON and in XML."""

CODES: dict[str, tuple[dict[str, Any], str]] = {
    "null": ({"__type": None, "code": None}, "<Code/>"),
    "missing": (_NOTHING, ""),
    "empty": ({"__type": "", "code": ""}, "<Code></Code>"),
    "a number": ({"__type": 400, "code": 400}, "<Code>400</Code>"),
    "an object": ({"__type": {"a": 1}, "code": {"a": 1}}, "<Code><a>1</a></Code>"),
    "a list": ({"__type": ["a"], "code": ["a"]}, "<Code>a</Code><Code>b</Code>"),
    "of 1 MiB": ({"__type": "c" * MIB}, f"<Code>{'c' * MIB}</Code>"),
    "of control characters": ({"__type": "a#\x00\x1b[2J\n"}, "<Code>&#13;&#10;&#x202e;</Code>"),
}

XML_ERRORS = {
    "no Error element": "<ErrorResponse><RequestId>0</RequestId></ErrorResponse>",
    "empty Error element": "<ErrorResponse><Error/></ErrorResponse>",
    "two Error elements": "<ErrorResponse><Error><Code>A</Code></Error><Error><Code>B</Code></Error></ErrorResponse>",
    "another root": "<Oops><Code>A</Code></Oops>",
    "only a root": "<ErrorResponse/>",
    "text around": "<ErrorResponse>a<Error>b<Code>C</Code>d</Error>e</ErrorResponse>",
}

JSON_ERRORS = {"null": b"null", "a list": b"[]", "a text": b'"denied"', "a number": b"403", "an empty object": b"{}"}

PAGES = {
    "HTML, 200": (200, b"<!DOCTYPE html><html><body>Sign in to the network<br></body></html>"),
    "XHTML, 200": (200, b'<html xmlns="http://www.w3.org/1999/xhtml"><head/><body><p>Sign in</p></body></html>'),
    "HTML, 403": (403, b"<html><head><title>Blocked</title></head><body><p>Blocked by policy<p></body></html>"),
    "HTML, 407": (407, b"<html><body>Proxy authentication required</body></html>"),
    "HTML, 502": (502, b"<html><body><center><h1>502 Bad Gateway</h1></center><hr></body></html>"),
    "text, 200": (200, b"OK"),
    "text, 500": (500, b"upstream connect error or disconnect/reset before headers"),
    "binary, 200": (200, bytes(range(256))),
}

EMPTY_STATUSES = (200, 201, 204, 206, 301, 304, 400, 403, 404, 405, 408, 413, 429, 500, 503, 504, 600, 999)


def _error(hit: Hit, fields: dict[str, Any], elements: str, status: int) -> Answer:
    if hit.protocol in JSON_PROTOCOLS:
        return Answer(json.dumps(fields).encode(), status)
    error = f"<Error>{elements}</Error>"
    return Answer((error if hit.protocol == "s3" else f"<ErrorResponse>{error}</ErrorResponse>").encode(), status, XML)


def _error_kinds() -> Iterator[Kind]:
    for name, (fields, elements) in MESSAGES.items():
        build = partial(
            _error,
            fields={"__type": "AccessDenied", **fields},
            elements=f"<Code>AccessDenied</Code>{elements}",
            status=403,
        )
        yield Kind(f"message {name}", "error", replaced(build))
    for name, (fields, elements) in CODES.items():
        build = partial(
            _error, fields={"message": "no", **fields}, elements=f"{elements}<Message>no</Message>", status=400
        )
        yield Kind(f"code {name}", "error", replaced(build))
    for status in (200, 500):
        build = partial(_error, fields={"__type": None, "message": None}, elements="<Code/><Message/>", status=status)
        yield Kind(f"code and message null, {status}", "error", replaced(build))
    for name, document in XML_ERRORS.items():
        yield Kind(f"XML with {name}", "error", _document(document.encode(), XML, 403), XML_PROTOCOLS)
    for name, body in JSON_ERRORS.items():
        yield Kind(f"error is {name}", "error", _document(body, "application/json", 403), JSON_PROTOCOLS)


def _document(body: bytes, content_type: str, status: int, **headers: str) -> Any:
    return replaced(lambda _hit: Answer(body, status, content_type, headers))


def _page_kinds() -> Iterator[Kind]:
    for name, (status, body) in PAGES.items():
        yield Kind(f"a page: {name}", "page", _document(body, "text/html", status))
    yield Kind("a page: JSON for XML, 200", "page", _document(b'{"Message": null}', XML, 200), XML_PROTOCOLS)
    yield Kind("a page: XML for JSON, 200", "page", _document(b"<a><b/></a>", "application/json", 200), JSON_PROTOCOLS)


def _status_kinds() -> Iterator[Kind]:
    for status in EMPTY_STATUSES:
        yield Kind(f"empty, {status}", "status", _document(b"", "text/plain", status))
    for status, location in ((301, "/"), (302, "http://127.0.0.1:9/"), (307, "x" * 100_000)):
        answer = _document(b"", "text/plain", status, Location=location)
        yield Kind(f"empty, {status} to {location[:20]}", "status", answer, ALL_PROTOCOLS)


KINDS = (*_error_kinds(), *_page_kinds(), *_status_kinds())
