"""The emulator's own HTTP interface for tests and the demo, below /_regionproof/."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from emulator.faults.json_format import read_faults
from emulator.http.request import read_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.faults.active_faults import ActiveFaults
    from emulator.http.asgi import Receive, Scope, Send
    from emulator.http.call_log import CallLog
    from emulator.services.sns.mailbox import Mailbox

    Query = dict[str, str]
    Operation = Callable[[Query, bytes], dict[str, Any]]

_OWN = "/_regionproof/"
_CALLS = f"{_OWN}calls"
_MAILBOX = f"{_OWN}mailbox"
_CLOCK = f"{_OWN}clock"
_FAULTS = f"{_OWN}faults"
_RESET = "/_ministack/reset"


class Clock:
    """A clock that can be moved forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        """Return seconds since an arbitrary start."""
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._ahead += seconds


class Control:
    """Serves the emulator's own paths: these, and those that ``add`` adds.

    GET calls?after=N&role=NAME     the call log
    GET mailbox                     the e-mails that topics have sent
    POST clock?advance=S            move the clock S seconds forward
    GET, POST, PUT, DELETE faults   list, add, replace or remove faults; DELETE takes faults?number=N,M
    """

    def __init__(self, log: CallLog, mailbox: Mailbox, clock: Clock, faults: ActiveFaults) -> None:
        self._log = log
        self._mailbox = mailbox
        self._clock = clock
        self._faults = faults
        self._resets: list[Callable[[], None]] = []
        self._operations: dict[tuple[str, str], Operation] = {
            ("GET", _CALLS): self._calls,
            ("GET", _MAILBOX): self._mails,
            ("POST", _CLOCK): self._advance,
            ("GET", _FAULTS): self._list_faults,
            ("POST", _FAULTS): self._add_faults,
            ("PUT", _FAULTS): self._replace_faults,
            ("DELETE", _FAULTS): self._remove_faults,
        }

    def add(self, method: str, path: str, operation: Operation) -> None:
        """Serve one more operation, at a path below ``/_regionproof/``."""
        self._operations[method, f"{_OWN}{path}"] = operation

    def on_reset(self, callback: Callable[[], None]) -> None:
        """Call a function after every reset of ministack."""
        self._resets.append(callback)

    def serves(self, path: str) -> bool:
        """Return whether a path belongs to the emulator itself."""
        return path.startswith(_OWN)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request to one of these paths. An invalid request gets status 400 and a sentence."""
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        operation = self._operations.get((scope["method"], scope["path"]))
        if operation is None:
            known = ", ".join(f"{method} {path}" for method, path in self._operations)
            await _send(send, 404, {"error": f"No such operation. Known: {known}."})
            return
        try:
            content = operation(query, await read_body(receive))
        except ValueError as error:
            await _send(send, 400, {"error": str(error)})
        else:
            await _send(send, 200, content)

    def after(self, path: str) -> None:
        """Reset the overlay if the request has reset ministack."""
        if path == _RESET:
            for reset in self._resets:
                reset()

    def _calls(self, query: Query, _body: bytes) -> dict[str, Any]:
        return {"calls": self._log.since(int(query.get("after", "0")), query.get("role"))}

    def _mails(self, _query: Query, _body: bytes) -> dict[str, Any]:
        return {"mails": self._mailbox.content()}

    def _advance(self, query: Query, _body: bytes) -> dict[str, Any]:
        seconds = float(query.get("advance", "0"))
        self._clock.advance(seconds)
        return {"advanced": seconds}

    def _list_faults(self, _query: Query, _body: bytes) -> dict[str, Any]:
        return {"faults": self._faults.listed()}

    def _add_faults(self, _query: Query, body: bytes) -> dict[str, Any]:
        return {"numbers": self._faults.add(read_faults(json.loads(body)))}

    def _replace_faults(self, _query: Query, body: bytes) -> dict[str, Any]:
        faults = read_faults(json.loads(body))
        self._faults.clear()
        return {"numbers": self._faults.add(faults)}

    def _remove_faults(self, query: Query, _body: bytes) -> dict[str, Any]:
        if "number" in query:
            self._faults.remove(int(number) for number in query["number"].split(","))
        else:
            self._faults.clear()
        return {"faults": self._faults.listed()}


async def _send(send: Send, status: int, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
