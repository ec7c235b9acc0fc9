"""The hosts of AWS in one Region, in front of the organization of ``tests.support.aws_stub``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.aws_stub import ACCESS_KEY_PREFIX, MANAGEMENT, LocalAws, etag

from .proxy import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .proxy import Request

BUCKET = "regionproof-ledger"
PLAYED = frozenset({"account", "iam", "organizations", "securityhub", "sns", "sts"})
_ARN = re.compile(rb"\barn(?::|%3A)(aws[a-z-]*)(?::|%3A)")
_HUB = b'{"HubArn": "arn:aws:securityhub:home:%b:hub/default"}' % MANAGEMENT.encode()
_DENIED = b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>not here</Message></Error></ErrorResponse>"
_DENIED_IN_JSON = b'{"__type": "AccessDeniedException", "message": "not here"}'
_NO_SUCH_KEY = b"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"


@dataclass(frozen=True)
class Host:
    """Where a service answers, and the Region that its requests are signed for."""

    name: str
    region: str


@dataclass
class RegionOfAws:
    """What can be reached from one Region: the hosts, by service. The bucket of the ledger has its own host.

    ``strays`` are the requests that no service here would take: at another service's host, signed for another
    Region, or with an ARN of another partition. What is not ``PLAYED`` is denied. Where Account Management has no host,
    it is no service that could have trusted access.
    """

    partition: str
    hosts: Mapping[str, Host]
    strays: list[str] = field(default_factory=list)
    organization: LocalAws = field(default_factory=LocalAws)

    def plays(self, host: str) -> bool:
        """Return whether a service has this host."""
        return any(host == known.name for known in self.hosts.values())

    def answer(self, request: Request) -> Response:
        """Answer as the service that the request is for."""
        partitions = {found.decode() for found in _ARN.findall(request.body)}
        at = Host(request.host, request.region)
        if self.hosts.get(request.service) != at or partitions - {self.partition}:
            self.strays.append(f"{request.service}: {request.method} {request.path} at {at}, ARNs of {partitions}")
            return Response(403)
        answered = self._answer(request)
        body = answered.body.replace(b"arn:aws:", f"arn:{self.partition}:".encode())
        if "account" not in self.hosts:
            body = body.replace(b"account.amazonaws.com", b"another.amazonaws.com")
        return Response(answered.status, body, answered.etag)

    def _answer(self, request: Request) -> Response:
        if request.service == "s3":
            return self._object(request)
        target = request.headers.get("x-amz-target", "")
        if request.service not in PLAYED:
            return Response(400, _DENIED_IN_JSON) if target else Response(403, _DENIED)
        if request.method == "GET":
            return Response(200, _HUB)
        signer = request.access_key.removeprefix(ACCESS_KEY_PREFIX)
        status, answered = self.organization.answer(signer, target, request.path, request.body.decode())
        return Response(status, answered.encode())

    def _object(self, request: Request) -> Response:
        kept = self.organization.objects
        if request.method == "PUT":
            condition = request.headers.get("if-match") or request.headers.get("if-none-match") or ""
            return Response(self.organization.put(request.path, request.body, condition), etag=etag(request.body))
        found = kept.get(request.path)
        return Response(404, _NO_SUCH_KEY) if found is None else Response(200, found, etag(found))
