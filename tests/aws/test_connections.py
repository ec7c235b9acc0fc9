"""Connections: no response can hold a reader for longer, or fill more memory, than its exchange allows."""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ConnectionClosedError, HTTPClientError, ReadTimeoutError, SSLError

from regionproof.aws.connections import ResponseTooLarge
from regionproof.aws.limits import Limits
from regionproof.aws.sessions import callers_session, client
from tests.support.certificates import certificates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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
def _server(serve: Serve, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve each connection by a function in its own thread, and give the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def handle(plain: socket.socket) -> None:
            plain.settimeout(LONGEST * 2)
            try:
                with tls.wrap_socket(plain, server_side=True) if tls else plain as connection:
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
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
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


PUBLISHED = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"


def _publish(connection: socket.socket) -> None:
    """Answer one call, and close the connection, so each call needs a new one."""
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(PUBLISHED)
    connection.sendall(head + PUBLISHED)


def _relay(connection: socket.socket, host: str, port: int) -> None:
    """Pass bytes between a client and the server that it asked a proxy for. One thread: TLS is not safe with two."""
    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    with socket.create_connection((host, port)) as upstream, selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ, upstream)
        selector.register(upstream, selectors.EVENT_READ, connection)
        while True:
            for key, _ in selector.select():
                source: Any = key.fileobj
                received = source.recv(65536)
                while isinstance(source, ssl.SSLSocket) and source.pending():
                    received += source.recv(source.pending())
                if not received:
                    return
                key.data.sendall(received)


@pytest.fixture
def over_tls(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a client of a server whose authority only ``AWS_CA_BUNDLE`` names, as behind a company's proxy."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificates().bundle))
    with _server(_publish, certificates().server_context()) as url:
        yield _identity(url, monkeypatch)


def test_a_companys_ca_bundle_is_trusted(over_tls: Any) -> None:
    """The bundle in place of the certificates that come with botocore."""
    assert over_tls.publish(TopicArn="arn", Message="text")["MessageId"] == "1"


def test_a_server_of_an_unknown_authority_is_not_trusted(over_tls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the bundle, the same server is refused; trust of one client is not that of another."""
    over_tls.publish(TopicArn="arn", Message="text")
    monkeypatch.delenv("AWS_CA_BUNDLE")
    with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        _identity(over_tls.meta.endpoint_url, monkeypatch).publish(TopicArn="arn", Message="text")


def test_a_bundle_that_is_not_there_is_an_ssl_error(over_tls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As without our connections."""
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/bundle.pem")
    with pytest.raises(SSLError):
        _identity(over_tls.meta.endpoint_url, monkeypatch).publish(TopicArn="arn", Message="text")


def test_the_ca_certificates_are_read_once_for_all_clients(
    over_tls: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not for each connection, and not for each client; a bundle that was replaced is read again."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(certificates().bundle.read_bytes())
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    read: list[str] = []
    load = ssl.SSLContext.load_verify_locations

    def note(context: ssl.SSLContext, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        read.append(str(cafile))
        load(context, cafile, capath, cadata)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", note)
    clients = [_identity(over_tls.meta.endpoint_url, monkeypatch) for _ in range(2)]
    for sns in clients * 3:
        sns.publish(TopicArn="arn", Message="text")
    assert read == [str(bundle)]
    bundle.write_bytes(certificates().authority.read_bytes())
    clients[0].publish(TopicArn="arn", Message="text")
    assert len(read) == 2


@pytest.mark.parametrize("tls", [False, True], ids=["over HTTP", "over TLS"])
def test_a_proxy_is_used_and_its_certificate_checked(
    over_tls: Any, monkeypatch: pytest.MonkeyPatch, *, tls: bool
) -> None:
    """By a tunnel to AWS. A proxy over TLS is trusted by the company's bundle too."""
    tunnels: list[tuple[str, int]] = []
    target = urlsplit(over_tls.meta.endpoint_url)

    def proxy(connection: socket.socket) -> None:
        tunnels.append((str(target.hostname), int(target.port or 0)))
        _relay(connection, *tunnels[-1])

    context = certificates().server_context() if tls else None
    with _server(proxy, context) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        sns = _identity(over_tls.meta.endpoint_url, monkeypatch)
        assert sns.publish(TopicArn="arn", Message="text")["MessageId"] == "1"
    assert len(tunnels) == 1
