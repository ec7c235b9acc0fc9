"""What the emulated AWS was asked: one entry for each request, readable at GET /_regionproof/calls."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.http.exchange import Exchange


@dataclass(frozen=True)
class Call:
    """One request and how it ended.

    Attributes:
        number: from 1 on, in the order in which the requests ended
        caller: the caller's ARN; None where the credentials name nobody
        account: the account of the caller's credentials
        target: the account of the role, for sts:AssumeRole; the one that AccountId names, for Account Management
        region: the Region that the request was signed for
        service: as ministack calls it
        action: such as iam:GetAccountSummary; None where it is not known
        status: the HTTP status that the client was sent; None where it was sent none
        error_code: of the error that the client was sent
        served: whether the service has done its work (or has itself refused to), whatever the client was sent
        injected: the kind of the fault that hit the request; None for an ordinary one
        invocation: the id that an AWS SDK gives to a call and all its retries; None from other clients
        attempt: which of them it is, from 1 on
        assumed_root: whether the caller is a session of sts:AssumeRoot; the root user itself is not
    """

    number: int
    caller: str | None
    account: str
    target: str | None
    region: str
    service: str
    action: str | None
    status: int | None
    error_code: str | None
    served: bool
    injected: str | None
    invocation: str | None
    attempt: int | None
    assumed_root: bool


class CallLog:
    """The calls since the start or the last reset, in the order in which they ended."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def append(self, exchange: Exchange) -> None:
        """Add a call that has ended."""
        request = exchange.request
        self._calls.append(
            Call(
                number=len(self._calls) + 1,
                caller=request.caller,
                account=request.account,
                target=request.target,
                region=request.region,
                service=request.service,
                action=request.action,
                status=exchange.status,
                error_code=exchange.error_code,
                served=exchange.served,
                injected=exchange.injected,
                invocation=request.invocation,
                attempt=request.attempt,
                assumed_root=request.assumed_root,
            )
        )

    def since(self, number: int, role: str | None = None) -> list[dict[str, Any]]:
        """Return the calls after the one of this number, all or those of a role's sessions."""
        session = f":assumed-role/{role}/"
        return [asdict(call) for call in self._calls[number:] if role is None or session in (call.caller or "")]

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()
