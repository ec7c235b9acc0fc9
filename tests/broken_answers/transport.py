"""Answers that are broken below HTTP's content: lengths, chunks, headers, silence, and bytes without an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.broken_answers.kinds import Kind, head_with, raw

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.broken_answers.wire import Wire

    Write = Callable[[Wire, bytes, bytes], None]

MIB = 2**20
PAUSE = 0.05
"""Seconds between the bytes of an answer that drips: less than any timeout for silence."""

_LENGTH = b"Content-Length"
_END = b"\r\n\r\n"


def _length(value: bytes | None) -> Write:
    return lambda wire, head, body: wire.send(head_with(head, _LENGTH, value) + body)


def _cut(wire: Wire, head: bytes, body: bytes) -> None:
    wire.send(head + _END + body[: len(body) // 2])


def _too_long_and_silent(wire: Wire, head: bytes, body: bytes) -> None:
    wire.send(head_with(head, _LENGTH, b"%d" % (len(body) + 9)) + body)
    wire.wait_until_client_leaves()


def _two_lengths(wire: Wire, head: bytes, body: bytes) -> None:
    wire.send(head + b"\r\nContent-Length: 3" + _END + body)


def _chunked(*chunks: bytes) -> Write:
    def write(wire: Wire, head: bytes, _body: bytes) -> None:
        wire.send(head_with(head_with(head, _LENGTH, None).rstrip(), b"Transfer-Encoding", b"chunked"))
        for chunk in chunks:
            wire.send(chunk)

    return write


def _endless_chunks(wire: Wire, head: bytes, _body: bytes) -> None:
    _chunked()(wire, head, b"")
    while True:
        wire.send(b"1000\r\n" + b" " * 0x1000 + b"\r\n")


def _dripping_chunks(wire: Wire, head: bytes, _body: bytes) -> None:
    _chunked()(wire, head, b"")
    while True:
        wire.send(b"1\r\n \r\n")
        wire.pause(PAUSE)


def _drip(wire: Wire, content: bytes) -> None:
    for start in range(len(content)):
        wire.send(content[start : start + 1])
        wire.pause(PAUSE)


def _dripping_body(wire: Wire, head: bytes, body: bytes) -> None:
    wire.send(head_with(head, _LENGTH, b"100000"))
    _drip(wire, body.ljust(100_000))


def _dripping_head(wire: Wire, head: bytes, body: bytes) -> None:
    wire.send(head + b"\r\nX-Long: ")
    _drip(wire, b"x" * 60_000 + _END + body)


def _dripping_status(wire: Wire, head: bytes, body: bytes) -> None:
    _drip(wire, b"HTTP/1.1 200 " + b"x" * 60_000 + head + _END + body)


def _dripping_headers(wire: Wire, head: bytes, _body: bytes) -> None:
    wire.send(head)
    while True:
        wire.send(b"\r\nX-A: b")
        wire.pause(PAUSE)


def _endless_headers(wire: Wire, head: bytes, _body: bytes) -> None:
    wire.send(head)
    while True:
        wire.send(b"\r\nX-A: b" * 1000)


def _many_headers(wire: Wire, head: bytes, body: bytes) -> None:
    wire.send(head + b"".join(b"\r\nX-%d: b" % number for number in range(10_000)) + _END + body)


def _long_header(wire: Wire, head: bytes, body: bytes) -> None:
    wire.send(head + b"\r\nX-A: " + b"b" * MIB + _END + body)


def _endless_header(wire: Wire, head: bytes, _body: bytes) -> None:
    wire.send(head + b"\r\nX-A: ")
    while True:
        wire.send(b"b" * 0x10000)


def _endless_continues(wire: Wire, _head: bytes, _body: bytes) -> None:
    while True:
        wire.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def _dripping_continues(wire: Wire, _head: bytes, _body: bytes) -> None:
    while True:
        wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        wire.pause(PAUSE)


def _huge(wire: Wire, head: bytes, body: bytes) -> None:
    size = 200 * MIB
    wire.send(head_with(head, _LENGTH, b"%d" % (size + len(body))))
    for _ in range(200):
        wire.send(b" " * MIB)
    wire.send(body)


def _endless_body(wire: Wire, head: bytes, _body: bytes) -> None:
    wire.send(head_with(head, _LENGTH, None))
    while True:
        wire.send(b" " * 0x10000)


def _silent(wire: Wire, _head: bytes, _body: bytes) -> None:
    wire.wait_until_client_leaves()


def _silent_after_head(wire: Wire, head: bytes, _body: bytes) -> None:
    wire.send(head + _END)
    wire.wait_until_client_leaves()


def _reset(wire: Wire, _head: bytes, _body: bytes) -> None:
    wire.reset()


def _reset_in_body(wire: Wire, head: bytes, body: bytes) -> None:
    wire.send(head + _END + body[: len(body) // 2])
    wire.reset()


def _closed(_wire: Wire, _head: bytes, _body: bytes) -> None:
    """Send nothing."""


def _closed_in_head(wire: Wire, head: bytes, _body: bytes) -> None:
    wire.send(head[: len(head) // 2])


def _head_is(spelled: bytes) -> Write:
    return lambda wire, _head, body: wire.send(spelled + body)


_READABLE: dict[str, Write] = {
    "length too small": _length(b"5"),
    "length too large, closed": _length(b"100000"),
    "length too large, silent": _too_long_and_silent,
    "length is no number": _length(b"many"),
    "length is negative": _length(b"-1"),
    "length of 30 digits": _length(b"9" * 30),
    "no length": _length(None),
    "two lengths": _two_lengths,
    "HTTP/1.0, no length": _head_is(b"HTTP/1.0 200 OK\r\n\r\n"),
    "10,000 headers": _many_headers,
    "a header without a colon": _head_is(b"HTTP/1.1 200 OK\r\nnothing here\r\nContent-Length: 0\r\n\r\n"),
    "a header of 1 MiB": _long_header,
    "200 MiB of blanks before": _huge,
    "body cut off": _cut,
    "body drips": _dripping_body,
    "head drips": _dripping_head,
    "status line drips": _dripping_status,
}
_UNREADABLE: dict[str, Write] = {
    "chunk of no size": _chunked(b"zz\r\nabc\r\n0\r\n\r\n"),
    "chunk cut off": _chunked(b"ff\r\nabc"),
    "chunk of negative size": _chunked(b"-1\r\nabc\r\n0\r\n\r\n"),
    "chunk of 30 digits": _chunked(b"f" * 30 + b"\r\nabc"),
    "chunk line of 1 MiB": _chunked(b"1" * MIB + b"\r\nabc"),
    "closed at once": _closed,
    "closed in the head": _closed_in_head,
    "reset at once": _reset,
    "reset in the body": _reset_in_body,
    "no HTTP": _head_is(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "a status that is no number": _head_is(b"HTTP/1.1 OK 200\r\n\r\n"),
}
_ENDLESS: dict[str, Write] = {
    "silence": _silent,
    "silence after the head": _silent_after_head,
    "chunks without an end": _endless_chunks,
    "chunks that drip": _dripping_chunks,
    "headers that drip": _dripping_headers,
    "headers without an end": _endless_headers,
    "a header without an end": _endless_header,
    "100 Continue without an end": _endless_continues,
    "100 Continue that drips": _dripping_continues,
    "a body without an end": _endless_body,
}

KINDS = (
    *(Kind(name, "transport", raw(write), may_be_read=True) for name, write in _READABLE.items()),
    *(Kind(name, "transport", raw(write)) for name, write in _UNREADABLE.items()),
    *(Kind(name, "endless", raw(write), endless=True) for name, write in _ENDLESS.items()),
)
