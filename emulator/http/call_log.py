"""The call log: one entry per request to the emulated AWS, served at GET /_regionproof/calls."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.http.exchange import Exchange


@dataclass(frozen=True)
class Call:
    """One request and how it ended.

    Attributes:
        number: counts from 1, in the order in which the requests ended
        caller: the caller's ARN; None for unknown credentials
        account: the account of the caller's credentials
        target: the account of the role or root for sts:AssumeRole and sts:AssumeRoot, the one named by AccountId for
            Account Management
        region: the Region that the request was signed for
        service: ministack's name of the service
        action: the IAM action, such as iam:GetAccountSummary; None if unknown
        status: the HTTP status sent to the client; None if nothing was sent
        error_code: the code of the error sent to the client
        served: whether the service has answered (even with a refusal), whatever was sent to the client
        injected: the kind of the fault that hit the request; None without a fault
        invocation: the id that an AWS SDK gives to a call and all its retries; None from other clients
        attempt: the number of the attempt, from 1
        assumed_root: whether the caller is a session of sts:AssumeRoot; False for the root user itself
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
        """Log a request that has ended."""
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
        """Return the calls after this number. With `role`, return only the calls of that role's sessions."""
        session = f":assumed-role/{role}/"
        return [asdict(call) for call in self._calls[number:] if role is None or session in (call.caller or "")]

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()
