"""Which operation a request is, who may ask it, how long it takes, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from .destinations import Objects, describe_hub, get_findings, import_findings, publish
from .exchange import Answer, json_answer
from .quotas import throttled
from .readings import (
    assume_role,
    assume_root,
    get_account_summary,
    get_caller_identity,
    list_account_aliases,
    list_organizations_features,
    list_regions,
    wrong_account,
)
from .sessions import signer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .connection import Connections
    from .exchange import Request
    from .listing import Listing
    from .quotas import Quotas
    from .sessions import Signer
    from .tally import Tally

COUNTS_PATH = "/-/counts"

_FORMS = {
    "GetCallerIdentity": get_caller_identity,
    "AssumeRole": assume_role,
    "AssumeRoot": assume_root,
    "GetAccountSummary": get_account_summary,
    "ListAccountAliases": list_account_aliases,
    "ListOrganizationsFeatures": list_organizations_features,
    "Publish": publish,
}
_PATHS = {
    "/listRegions": "ListRegions",
    "/findings/import": "BatchImportFindings",
    "/findings": "GetFindings",
    "/accounts": "DescribeHub",
}
_OF_ANY_SESSION = frozenset({"GetCallerIdentity", "GetAccountSummary", "ListAccountAliases", "ListRegions"})
"""What members ask; all else is asked by the caller alone."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds until an answer, by operation."""

    by_operation: Mapping[str, float]
    others: float

    def of(self, operation: str) -> float:
        """Return the seconds of one operation."""
        return self.by_operation.get(operation, self.others)


class Service:
    """AWS, as far as the benchmark asks it."""

    def __init__(
        self, listing: Listing, latency: Latency, quotas: Quotas, tally: Tally, connections: Connections
    ) -> None:
        self._listing = listing
        self._latency = latency
        self._quotas = quotas
        self._tally = tally
        self._connections = connections
        objects = Objects()
        self._others: dict[str, Callable[[Signer, Request], Answer]] = {
            "ListRegions": list_regions,
            "BatchImportFindings": lambda signer, request: import_findings(signer, request, tally),
            "GetFindings": lambda _signer, _request: get_findings(),
            "DescribeHub": lambda _signer, _request: describe_hub(),
            "GetObject": lambda _signer, request: objects.get(request.path),
            "PutObject": lambda _signer, request: objects.put(request.path, request),
        }

    def respond(self, request: Request) -> tuple[float, Answer]:
        """Return the seconds to wait, and the answer."""
        if request.path == COUNTS_PATH:
            return 0, self._counts(request)
        signer = signer_of(request)
        operation = operation_of(request, signer)
        self._tally.note(operation)
        if wrong := _mix_up(operation, signer, request):
            self._tally.note_mix_up(wrong)
        if not self._quotas.allow(operation, signer.account):
            self._tally.note_throttled(operation)
            return 0, throttled(signer.service)
        answer = self._answer(operation, signer, request)
        if answer.status < HTTPStatus.MULTIPLE_CHOICES:
            self._tally.note_carried_out(operation)
        return self._latency.of(operation), answer

    def _answer(self, operation: str, signer: Signer, request: Request) -> Answer:
        if operation in _FORMS:
            return _FORMS[operation](signer, request.form)
        if operation in self._others:
            return self._others[operation](signer, request)
        return self._listing.answer(operation, request.document)

    def _counts(self, request: Request) -> Answer:
        answer = json_answer(self._tally.document() | self._connections.document())
        if request.method == "DELETE":
            self._tally.reset()
            self._connections.reset()
        return answer


def operation_of(request: Request, signer: Signer) -> str:
    """Return the name of the operation."""
    if target := request.headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    if signer.service == "s3":
        return {"GET": "GetObject", "PUT": "PutObject"}[request.method]
    return _PATHS.get(request.path) or request.form["Action"]


def _mix_up(operation: str, signer: Signer, request: Request) -> str:
    if not signer.is_consistent:
        return f"{operation}: the token does not belong to the key of {signer.account}"
    if operation == "ListRegions":
        return wrong_account(signer, request)
    if operation not in _OF_ANY_SESSION and not signer.is_the_caller:
        return f"{operation} was asked by a session in {signer.account}"
    return ""
