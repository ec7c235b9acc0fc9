"""Answers of Security Hub that do not add up, objects that are no ledger, and redirections of S3."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

from bench.stub.exchange import XML, Answer, Request, json_answer
from tests.broken_answers.kinds import JSON_PROTOCOLS, XML_PROTOCOLS, Hit, Kind, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Counts = Callable[[list[dict[str, Any]]], tuple[Any, Any, Any]]
    """Takes the findings that were sent and returns SuccessCount, FailedCount and FailedFindings."""

MIB = 2**20
HEADERS = {
    "Retry-After of 30 years": {"Retry-After": "999999999"},
    "Retry-After in words": {"Retry-After": "soon"},
    "x-amz-retry-after of 30 years": {"x-amz-retry-after": "999999999999"},
    "a Date of the year 9999": {"Date": "Fri, 31 Dec 9999 23:59:59 GMT"},
    "an unusable Date": {"Date": "yesterday"},
}
"""Headers that a client may obey, on an answer that may be tried again."""


def _failed(**fields: Any) -> dict[str, Any]:
    return {"Id": "x", "ErrorCode": "InvalidInput", "ErrorMessage": "no", **fields}


COUNTS: dict[str, Counts] = {
    "all failed, none named": lambda sent: (0, len(sent), []),
    "all failed, one named without an id": lambda sent: (0, len(sent), [{"ErrorCode": "X", "ErrorMessage": "y"}]),
    "all failed, others named": lambda sent: (0, len(sent), [_failed(Id=f"foreign-{n}") for n in range(len(sent))]),
    "all failed, the same one named": lambda sent: (0, len(sent), [_failed(Id=sent[0]["Id"])] * len(sent)),
    "all failed, ids null": lambda sent: (0, len(sent), [_failed(Id=None)] * len(sent)),
    "all failed, ids are lists": lambda sent: (0, len(sent), [_failed(Id=[one["Id"]]) for one in sent]),
    "all failed, errors null": lambda sent: (
        0,
        len(sent),
        [{"Id": one["Id"], "ErrorCode": None, "ErrorMessage": None} for one in sent],
    ),
    "none failed, none taken": lambda _sent: (0, 0, []),
    "more taken than sent": lambda sent: (len(sent) + 1, 0, []),
    "one fewer taken than sent": lambda sent: (len(sent) - 1, 0, []),
    "taken and failed": lambda sent: (len(sent), len(sent), []),
    "counts are true": lambda _sent: (True, False, []),
}


def _counted(counts: Counts) -> Callable[[Hit], Answer]:
    def build(hit: Hit) -> Answer:
        taken, failed, findings = counts(hit.call.request.document["Findings"])
        return json_answer({"SuccessCount": taken, "FailedCount": failed, "FailedFindings": findings})

    return build


def _count_kinds() -> Iterator[Kind]:
    for name, counts in COUNTS.items():
        operations = frozenset({"BatchImportFindings"})
        yield Kind(f"counts: {name}", "counts", replaced(_counted(counts)), JSON_PROTOCOLS, operations)


def _zeros(mebibytes: int) -> bytes:
    packer = zlib.compressobj(wbits=31)
    packed = [packer.compress(b" " * MIB) for _ in range(mebibytes)]
    return b"".join((*packed, packer.flush()))


def _ledgers() -> dict[str, bytes]:
    documents: dict[str, Any] = {
        "null": None, "a list": [], "a number": 7, "a text": "a", "an empty object": {},
        "of another version": {"version": 99},
        "of null members": {"version": 1, "organization_id": None, "accounts": None},
    }  # fmt: skip
    return {
        "empty": b"",
        "no gzip": b"{}",
        "of random bytes": bytes(range(256)),
        "cut off": gzip.compress(b"{}" * 100)[:-12],
        "100,000 deep": gzip.compress(b"[" * 100_000),
        "a bomb of 256 MiB": _zeros(256),
        **{name: gzip.compress(json.dumps(document).encode()) for name, document in documents.items()},
    }


def _kept(body: bytes) -> Callable[[Hit], bool]:
    """Let S3 keep something else than was written, and answer rightly from then on."""

    def answer(hit: Hit) -> bool:
        request = hit.call.request
        if hit.number == 0:
            hit.world.objects.put(request.path, Request("PUT", request.target, {}, body))
        return hit.send(hit.right())

    return answer


def _object_kinds() -> Iterator[Kind]:
    for name, body in _ledgers().items():
        yield Kind(f"a ledger that is {name}", "object", _kept(body), XML_PROTOCOLS, frozenset({"GetObject"}))
    for name, tag in {"empty": "", "of 60,000 characters": "e" * 60_000}.items():
        answer = Answer(gzip.compress(b"{}"), headers={"ETag": tag})
        yield Kind(f"an ETag that is {name}", "object", _always(answer), XML_PROTOCOLS, frozenset({"GetObject"}))


def _redirection_kinds() -> Iterator[Kind]:
    error = "<Error><Code>{}</Code><Message>m</Message><Region>{}</Region><Endpoint>{}</Endpoint></Error>"
    for status, code, region in (
        (301, "PermanentRedirect", "eu-west-1"),
        (307, "TemporaryRedirect", "eu-west-1"),
        (400, "AuthorizationHeaderMalformed", "eu-west-1"),
        (400, "IllegalLocationConstraintException", ""),
        (301, "PermanentRedirect", "nowhere/../"),
    ):
        body = error.format(code, region, "127.0.0.1:9").encode()
        headers = {"x-amz-bucket-region": region} if region else {}
        name = f"a redirection of S3: {status} {code} {region}".rstrip()
        answer = Answer(body, status, XML, headers)
        yield Kind(name, "redirection", _always(answer), XML_PROTOCOLS, frozenset({"GetObject", "PutObject"}))


def _header_kinds() -> Iterator[Kind]:
    for name, headers in HEADERS.items():
        yield Kind(f"503 with {name}", "status", _always(Answer(b"", 503, headers=headers)))


def _always(answer: Answer) -> Callable[[Hit], bool]:
    return replaced(lambda _hit: answer)


KINDS = (*_count_kinds(), *_object_kinds(), *_redirection_kinds(), *_header_kinds())
