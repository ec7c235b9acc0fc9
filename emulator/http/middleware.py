"""The ASGI middleware around ministack: recognize each request, apply faults, and log the call.

A request is read completely before ministack sees it. Without a fault, ministack gets it unchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.faults.injector import FaultInjector
from emulator.http.exchange import Exchange
from emulator.http.request import recognize

if TYPE_CHECKING:
    from emulator.control import Control
    from emulator.faults.active_faults import ActiveFaults
    from emulator.http.asgi import Application, Receive, Scope, Send
    from emulator.http.call_log import CallLog
    from emulator.http.connections import Connections

_MINISTACKS_OWN = ("/_ministack/", "/_localstack/", "/health")


class Middleware:
    """An ASGI application around ministack's own."""

    def __init__(self, application: Application, log: CallLog, faults: ActiveFaults, connections: Connections) -> None:
        self._application = application
        self._log = log
        self._faults = faults
        self._injector = FaultInjector(application, connections)

    def with_control(self, control: Control) -> Application:
        """Return the application, with the emulator's own paths added."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await self._application(scope, receive, send)
            elif control.serves(scope["path"]):
                await control.serve(scope, receive, send)
            elif scope["path"].startswith(_MINISTACKS_OWN):
                await self._application(scope, receive, send)
                control.after(scope["path"])
            else:
                await self._serve(scope, receive, send)

        return serve

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, await recognize(scope, receive), receive, send)
        fault = self._faults.due(exchange.request)
        if fault is None:
            exchange.served = True
            await self._application(scope, exchange.replaying(), exchange.send)
        else:
            await self._injector.serve(exchange, fault)
        self._log.append(exchange)
