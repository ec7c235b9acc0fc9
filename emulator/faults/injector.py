"""Apply a fault to the request that it hits."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from emulator.faults.fault import (
    ChangedAnswer,
    ConnectionCut,
    ConnectionReset,
    Delay,
    ErrorAnswer,
    Hang,
    RawAnswer,
    TruncatedBody,
)
from emulator.faults.json_format import kind_of
from emulator.http.error_formats import write_error
from emulator.http.exchange import HttpAnswer

if TYPE_CHECKING:
    from emulator.faults.active_faults import ActiveFault
    from emulator.faults.fault import Effect
    from emulator.http.asgi import Application
    from emulator.http.connections import Connections
    from emulator.http.exchange import Exchange
    from emulator.http.request import Request

_MISSING_BYTES = 64
_CHECKSUM = b"x-amz-checksum-"


class FaultInjector:
    """Serves requests that a fault hits. `application` is the service behind it."""

    def __init__(self, application: Application, connections: Connections) -> None:
        self._application = application
        self._connections = connections

    async def serve(self, exchange: Exchange, active: ActiveFault) -> None:
        """Apply a fault to one exchange, before or after the service has done its work."""
        fault = active.fault
        answer = await self._collect(exchange) if fault.follows_the_service else None
        exchange.injected = kind_of(fault.effect)
        if answer is not None and not _change(answer, fault.effect):
            exchange.injected = None
            active.undo_selection()
            await exchange.answer(answer)
            return
        active.count()
        await self._end(fault.effect, exchange, answer)

    async def _collect(self, exchange: Exchange) -> HttpAnswer:
        answer = HttpAnswer()
        exchange.served = True
        await self._application(exchange.scope, exchange.replaying(), answer.collect)
        return answer

    async def _end(self, effect: Effect, exchange: Exchange, answer: HttpAnswer | None) -> None:
        match effect:
            case Hang():
                await exchange.until_disconnected()
            case ConnectionReset():
                self._connections.reset(exchange.scope["client"])
                await exchange.until_disconnected()
            case ConnectionCut() if answer is not None:
                await _send_half(answer, exchange)
            case _:
                await exchange.answer(await self._answer(effect, exchange, answer))

    async def _answer(self, effect: Effect, exchange: Exchange, answer: HttpAnswer | None) -> HttpAnswer:
        if isinstance(effect, ErrorAnswer):
            return _error(effect, exchange.request)
        if isinstance(effect, RawAnswer):
            return HttpAnswer.of((effect.status, {"Content-Type": effect.content_type}, effect.body.encode()))
        if isinstance(effect, Delay):
            await asyncio.sleep(effect.seconds)
        return answer or await self._collect(exchange)


def _error(effect: ErrorAnswer, request: Request) -> HttpAnswer:
    message = effect.message.replace("{caller}", request.caller or "").replace("{account}", request.about)
    named = ErrorAnswer(effect.code, message, effect.status)
    return HttpAnswer.of(write_error(named, request.service, request.content_type))


async def _send_half(answer: HttpAnswer, exchange: Exchange) -> None:
    """Send less than the headers promise. hypercorn then closes the connection when the application returns."""
    await exchange.begin(answer, len(answer.body) + _MISSING_BYTES)
    await exchange.send({"type": "http.response.body", "body": _half(answer.body), "more_body": True})


def _change(answer: HttpAnswer, effect: Effect) -> bool:
    """Apply an effect to the body of an answer and return whether that has changed it.

    S3 checksums are removed: with them, the client would notice.
    """
    before = answer.body
    if isinstance(effect, TruncatedBody):
        answer.body = _half(before)
    elif isinstance(effect, ChangedAnswer):
        answer.body = re.sub(effect.pattern, effect.replacement, before.decode("latin-1")).encode("latin-1")
    else:
        return True
    answer.headers = [pair for pair in answer.headers if not pair[0].lower().startswith(_CHECKSUM)]
    return answer.body != before


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]
