"""What a test or a demonstration asks of the emulator itself, below /_regionproof/."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.emulator.asgi import Scope, Send
    from demo.emulator.call_log import CallLog
    from demo.emulator.mailbox import Mailbox

_OWN = "/_regionproof/"
_CALLS = f"{_OWN}calls"
_MAILBOX = f"{_OWN}mailbox"
_CLOCK = f"{_OWN}clock"
_RESET = "/_ministack/reset"


class Clock:
    """Seconds that pass by themselves, and faster on request."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        """Return the seconds since some moment before the start."""
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self._ahead += seconds


class Control:
    """The call log at calls?after=N, the mails at mailbox; clock?advance=S lets S seconds pass for what is pending."""

    def __init__(self, log: CallLog, mailbox: Mailbox, clock: Clock, reset: Callable[[], None]) -> None:
        self._log = log
        self._mailbox = mailbox
        self._clock = clock
        self._reset = reset
        self._operations = {_CALLS: self._calls, _MAILBOX: self._mails, _CLOCK: self._advance}

    def serves(self, path: str) -> bool:
        """Tell whether a path is one of these."""
        return path.startswith(_OWN)

    async def serve(self, scope: Scope, send: Send) -> None:
        """Answer a request to one of them."""
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        try:
            content = self._operations[scope["path"]](query)
        except KeyError:
            await _send(send, 404, {"error": f"only {', '.join(self._operations)} are here"})
        except ValueError as error:
            await _send(send, 400, {"error": str(error)})
        else:
            await _send(send, 200, content)

    def after(self, path: str) -> None:
        """Follow ministack where it has reset itself."""
        if path == _RESET:
            self._reset()

    def _calls(self, query: dict[str, str]) -> dict[str, Any]:
        return {"calls": self._log.since(int(query.get("after", "0")))}

    def _mails(self, _query: dict[str, str]) -> dict[str, Any]:
        return {"mails": self._mailbox.content()}

    def _advance(self, query: dict[str, str]) -> dict[str, Any]:
        seconds = float(query.get("advance", "0"))
        self._clock.advance(seconds)
        return {"advanced": seconds}


async def _send(send: Send, status: int, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
