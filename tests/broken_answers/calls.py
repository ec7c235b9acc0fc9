"""Which call a request is: its operation, who signed it, and the account that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.stub.sessions import signer_of

if TYPE_CHECKING:
    from bench.stub.exchange import Request

_PATHS = {
    "/listRegions": "ListRegions",
    "/findings/import": "BatchImportFindings",
    "/findings": "GetFindings",
    "/accounts": "DescribeHub",
}


class Unsigned(Exception):
    """A request is signed by none of the sessions that were given out."""


@dataclass(frozen=True)
class Call:
    """One call, with its request."""

    operation: str
    signer: str
    account: str
    request: Request

    @property
    def is_further_page(self) -> bool:
        """Return whether it asks for another page than the first."""
        return b'"NextToken"' in self.request.body


def call_of(request: Request) -> Call:
    """Return the call that a request makes. Raises ``Unsigned``."""
    try:
        signer = signer_of(request)
    except ValueError as refusal:
        raise Unsigned from refusal
    signed_by = str(signer.account)
    operation = _operation_of(request, signer.service)
    return Call(operation, signed_by, _account_of(operation, request) or signed_by, request)


def _operation_of(request: Request, service: str) -> str:
    if target := request.headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    if service == "s3":
        return {"GET": "GetObject", "PUT": "PutObject", "HEAD": "HeadBucket"}[request.method]
    return _PATHS.get(request.path) or request.form["Action"]


def _account_of(operation: str, request: Request) -> str:
    if operation == "AssumeRole":
        return request.form["RoleArn"].split(":")[4]
    if operation == "AssumeRoot":
        return request.form["TargetPrincipal"]
    return str(request.document.get("AccountId", "")) if operation == "ListRegions" else ""
