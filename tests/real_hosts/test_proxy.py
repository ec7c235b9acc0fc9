"""The proxy refuses what no host of AWS would take, so a run that passes it called the right hosts."""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from .aws import Host, RegionOfAws
from .certificates import Authority
from .proxy import tls_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .proxy import Traffic

pytestmark = pytest.mark.network

STS = "sts.us-east-1.amazonaws.com"
SIGNED = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE111111111111/20261125/{}/aws4_request, SignedHeaders=host, Signature=0"
WHO_AM_I = b"Action=GetCallerIdentity&Version=2011-06-15"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return one authority for all tests."""
    return Authority.create(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def aws() -> RegionOfAws:
    """Return an AWS that has nothing but STS."""
    return RegionOfAws("aws", {"sts": Host(STS, "us-east-1")})


@pytest.fixture
def traffic(aws: RegionOfAws, authority: Authority) -> Iterator[Traffic]:
    """Return what comes through a proxy."""
    with tls_proxy(aws, authority) as traffic:
        yield traffic


def status(traffic: Traffic, authority: Authority, scope: str, host: str = STS) -> int:
    """Return the status of a request to STS that is signed for a scope and names a host."""
    proxy = urlsplit(traffic.url)
    context = ssl.create_default_context(cafile=str(authority.certificate))
    connection = http.client.HTTPSConnection(str(proxy.hostname), proxy.port, context=context, timeout=10)
    connection.set_tunnel(STS, 443)
    headers = {"Host": host, "Authorization": SIGNED.format(scope)}
    connection.request("POST", "/", WHO_AM_I, headers)
    answered = connection.getresponse().status
    connection.close()
    return answered


def shake_hands(traffic: Traffic, authority: Authority, name: str | None) -> None:
    """Ask for STS and begin TLS with a name in it, or with none."""
    proxy = urlsplit(traffic.url)
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.check_hostname = False
    with socket.create_connection((str(proxy.hostname), proxy.port), timeout=10) as connection:
        connection.sendall(f"CONNECT {STS}:443 HTTP/1.1\r\nHost: {STS}:443\r\n\r\n".encode())
        assert b" 200 " in connection.recv(1024)
        with context.wrap_socket(connection, server_hostname=name):
            pass


def test_a_request_at_its_host_and_for_its_region_is_answered(
    traffic: Traffic, aws: RegionOfAws, authority: Authority
) -> None:
    """It is kept with the service and the Region of its signature."""
    assert status(traffic, authority, "us-east-1/sts") == 200
    assert [(request.host, request.service, request.region) for request in traffic.requests] == [
        (STS, "sts", "us-east-1")
    ]
    assert (aws.strays, traffic.refusals) == ([], [])


@pytest.mark.parametrize("scope", ["eu-west-1/sts", "us-east-1/iam"])
def test_a_signature_for_another_region_or_service_is_a_stray(
    traffic: Traffic, aws: RegionOfAws, authority: Authority, scope: str
) -> None:
    """AWS would answer SignatureDoesNotMatch."""
    assert status(traffic, authority, scope) == 403
    assert len(aws.strays) == 1


def test_a_host_header_of_another_name_is_refused(traffic: Traffic, authority: Authority) -> None:
    """The signature covers it."""
    assert status(traffic, authority, "us-east-1/sts", "iam.amazonaws.com") == 403
    assert len(traffic.refusals) == 1


@pytest.mark.parametrize("name", [None, "sts.amazonaws.com"])
def test_tls_without_the_name_of_the_host_is_refused(traffic: Traffic, authority: Authority, name: str | None) -> None:
    """AWS needs the name to choose the certificate."""
    with pytest.raises(ssl.SSLError):
        shake_hands(traffic, authority, name)


@pytest.mark.parametrize("asked", ["sts.amazonaws.com:443", f"{STS}:80"])
def test_another_host_or_port_is_refused(traffic: Traffic, asked: str) -> None:
    """Nothing is passed on."""
    proxy = urlsplit(traffic.url)
    with socket.create_connection((str(proxy.hostname), proxy.port), timeout=10) as connection:
        connection.sendall(f"CONNECT {asked} HTTP/1.1\r\nHost: {asked}\r\n\r\n".encode())
        assert b" 403 " in connection.recv(1024)
    assert traffic.refusals == [f"CONNECT {asked}"]


def test_plain_http_is_refused(traffic: Traffic) -> None:
    """Also if it is signed."""
    proxy = urlsplit(traffic.url)
    connection = http.client.HTTPConnection(str(proxy.hostname), proxy.port, timeout=10)
    connection.request("POST", f"http://{STS}/", WHO_AM_I, {"Authorization": SIGNED.format("us-east-1/sts")})
    assert connection.getresponse().status == 403
    connection.close()
    assert len(traffic.refusals) == 1
