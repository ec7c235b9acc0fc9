"""Every effect that can hit a call, for tests that combine all calls with all faults."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from emulator.faults.absurd_answers import BY_ACTION
from emulator.faults.fault import ConnectionCut, ConnectionReset, Hang, RawAnswer, TruncatedBody
from emulator.http.aws_errors import errors_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.faults.fault import Effect

NETWORK_EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "hang": Hang(),
        "connection_reset": ConnectionReset(),
        "connection_cut": ConnectionCut(),
        "truncated_body": TruncatedBody(),
        "empty_body": RawAnswer(200, "", "application/octet-stream"),
        "page_of_a_proxy": RawAnswer(200, "<html><head><title>Sign in</title></head><body><p>Sign in.</body></html>"),
        "error_500_of_a_proxy": RawAnswer(500, "upstream connect error or disconnect/reset", "text/plain"),
    }
)
"""Network effects by name. A `hang` lasts until the client's own time-out."""


def effects_on(action: str) -> dict[str, Effect]:
    """Return every effect on calls of an action by name: AWS errors, network effects and absurd answers."""
    return {**errors_of(action), **NETWORK_EFFECTS, **BY_ACTION.get(action, {})}
