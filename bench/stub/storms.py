"""Storms: calls that AWS throttles, denies, fails or answers late, for a declared time and share of the calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .exchange import XML, Answer, json_answer
from .quotas import throttled
from .service import COUNTS_PATH, operation_of
from .sessions import signer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from random import Random

    from .connection import Respond
    from .exchange import Request
    from .tally import Tally

FOR_EVER = 1e9
"""Seconds. JSON has no infinity."""

_JSON_SERVICES = frozenset({"account", "organizations", "securityhub"})


class Effect(StrEnum):
    """What becomes of a call. Only a call that is answered late is carried out."""

    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    DENIED = "denied"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """One disturbance. Times are seconds since the first call of a run.

    Attributes:
        effect: what becomes of the calls
        operations: whose calls; empty: of every operation
        share: the part of the calls, above 0, up to 1; which ones is random, and the same with the same seed
        begins: when it begins
        ends: when it ends
        late_seconds: how much later an answer comes than without the storm
    """

    effect: Effect
    operations: tuple[str, ...] = ()
    share: float = 1
    begins: float = 0
    ends: float = FOR_EVER
    late_seconds: float = 0

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a storm that could change nothing."""
        if not 0 < self.share <= 1:
            raise ValueError(f"a share of {self.share} is not above 0 and up to 1")
        if not self.begins < self.ends:
            raise ValueError(f"a storm from second {self.begins} to second {self.ends} never happens")
        if (self.effect is Effect.LATE) != (self.late_seconds > 0):
            raise ValueError("late_seconds belongs to answers that come late, and to these alone")

    @classmethod
    def from_json(cls, spelled: Mapping[str, Any]) -> Storm:
        """Return a storm from its fields as JSON spells them."""
        effect, operations = Effect(spelled["effect"]), tuple(spelled["operations"])
        return cls(**{**spelled, "effect": effect, "operations": operations})

    def concerns(self, operation: str, seconds: float) -> bool:
        """Return whether calls of an operation are disturbed so many seconds after the first call."""
        return (not self.operations or operation in self.operations) and self.begins <= seconds < self.ends


@dataclass(slots=True)
class Disturbed:
    """Answers as ``respond`` does, except for what the storms disturb. ``clock`` returns seconds."""

    respond_undisturbed: Respond
    storms: Iterable[Storm]
    tally: Tally
    clock: Callable[[], float]
    random: Random
    _began: float | None = field(default=None, init=False)

    def respond(self, request: Request) -> tuple[float, Answer]:
        """Return the seconds to wait, and the answer."""
        if request.path == COUNTS_PATH:
            return self.respond_undisturbed(request)
        signer = signer_of(request)
        operation = operation_of(request, signer)
        storm = self._storm(operation)
        if storm is None:
            return self.respond_undisturbed(request)
        if storm.effect is Effect.LATE:
            seconds, answer = self.respond_undisturbed(request)
            return seconds + storm.late_seconds, answer
        self.tally.note(operation)
        if storm.effect is Effect.THROTTLED:
            self.tally.note_throttled(operation)
        return 0, refusal(storm.effect, signer.service)

    def _storm(self, operation: str) -> Storm | None:
        """Return the first storm that hits this call. The first call of all starts the clock of the storms."""
        now = self.clock()
        self._began = now if self._began is None else self._began
        seconds = now - self._began
        active = (storm for storm in self.storms if storm.concerns(operation, seconds))
        return next((storm for storm in active if self.random.random() < storm.share), None)


def refusal(effect: Effect, service: str) -> Answer:
    """Return the answer to a call that is not carried out, with the code and status of the service."""
    if effect is Effect.THROTTLED:
        return throttled(service)
    if effect is Effect.DENIED:
        code = "AccessDeniedException" if service in _JSON_SERVICES else "AccessDenied"
        return _error(service, code, "not authorized to perform the call", 400 if service == "organizations" else 403)
    return _error(service, "ServiceUnavailable", "Service is unable to handle request.", 503)


def _error(service: str, code: str, message: str, status: int) -> Answer:
    if service in _JSON_SERVICES:
        answer = json_answer({"__type": code, "message": message}, status)
        answer.headers = {"x-amzn-ErrorType": code}
        return answer
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    body = error if service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>"
    return Answer(body.encode(), status, XML)
