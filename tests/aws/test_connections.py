"""Connections: no response can hold a reader for longer, or fill more memory, than its exchange allows."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectionClosedError, HTTPClientError, ReadTimeoutError

from regionproof.aws.connections import ResponseTooLarge
from regionproof.aws.limits import Limits
from regionproof.aws.sessions import callers_session, client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Serve = Callable[[socket.socket], None]

pytestmark = pytest.mark.network

LIMITS = Limits(connect_seconds=2, read_seconds=2, exchange_seconds=0.4, attempts=1, answer_bytes=20_000, workers=2)
LONGEST = 3.0
"""Far less than a peer that never ends would take, on a machine under load."""


def _receive_request(connection: socket.socket) -> None:
    """Receive one request with its body."""
    with connection.makefile("rb") as reader:
        length = 0
        while (line := reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        reader.read(length)


@contextmanager
def _server(serve: Serve) -> Iterator[str]:
    """Serve each connection by a function in a thread of its own, and give the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def handle(connection: socket.socket) -> None:
            with connection:
                connection.settimeout(LONGEST * 2)
                try:
                    _receive_request(connection)
                    serve(connection)
                except OSError:
                    return  # the client has gone, as it should

        def accept() -> None:
            while not done.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        done.set()
        listener.shutdown(socket.SHUT_RDWR)


def _drip(connection: socket.socket, start: bytes, piece: bytes) -> None:
    connection.sendall(start)
    while True:
        connection.sendall(piece)
        time.sleep(0.05)


def _flood(connection: socket.socket, start: bytes, piece: bytes) -> None:
    connection.sendall(start)
    while True:
        connection.sendall(piece)


SLOW: dict[str, Serve] = {
    "a body": lambda c: _drip(c, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
    "chunks": lambda c: _drip(c, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "a header": lambda c: _drip(c, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
    "a status": lambda c: _drip(c, b"HTTP/1.1 200 ", b"O"),
    "a body without an end": lambda c: _drip(c, b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
}

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

LARGE: dict[str, Serve] = {
    "a body": lambda c: _flood(c, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", b"x" * 4096),
    "chunks": lambda c: _flood(c, CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n"),
    "a body without an end": lambda c: _flood(c, b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096),
}


def _identity(url: str, monkeypatch: pytest.MonkeyPatch, limits: Limits = LIMITS) -> Any:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    return client(callers_session(), "sns", limits)


@pytest.mark.parametrize("serve", SLOW.values(), ids=SLOW)
def test_a_response_that_drips_ends_with_its_exchange(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes well before the timeout for silence."""
    with _server(serve) as url:
        sns = _identity(url, monkeypatch)
        began = time.monotonic()
        with pytest.raises(ReadTimeoutError):
            sns.publish(TopicArn="arn", Message="text")
        assert time.monotonic() - began < LONGEST


@pytest.mark.parametrize("serve", LARGE.values(), ids=LARGE)
def test_a_response_that_is_too_large_is_cut_off(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit, not when the memory is full; it is not asked for again."""
    with _server(serve) as url:
        sns = _identity(url, monkeypatch, Limits(attempts=4, exchange_seconds=LONGEST, answer_bytes=20_000))
        with pytest.raises(HTTPClientError) as caught:
            sns.publish(TopicArn="arn", Message="text")
        assert isinstance(caught.value.kwargs["error"], ResponseTooLarge)


def test_endless_headers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By Python's own limit of a hundred."""
    with (
        _server(lambda c: _flood(c, b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n")) as url,
        pytest.raises(ConnectionClosedError),
    ):
        _identity(url, monkeypatch).publish(TopicArn="arn", Message="text")


def test_an_object_of_s3_is_bounded_although_it_is_read_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its body is a stream that the client has handed out."""
    with _server(SLOW["a body"]) as url:
        _identity(url, monkeypatch)
        s3 = client(callers_session(), "s3", LIMITS)
        began = time.monotonic()
        answer = s3.get_object(Bucket="b", Key="k")
        with pytest.raises(ReadTimeoutError):
            answer["Body"].read()
        assert time.monotonic() - began < LONGEST


def test_an_answer_that_is_quick_and_small_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """And its connection serves the next call."""
    body = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
    connections = []

    def serve(connection: socket.socket) -> None:
        connections.append(connection)
        for _ in range(2):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            _receive_request(connection)

    with _server(serve) as url:
        sns = _identity(url, monkeypatch)
        for _ in range(2):
            assert sns.publish(TopicArn="arn", Message="text")["MessageId"] == "1"
    assert len(connections) == 1
