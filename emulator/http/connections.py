"""The open TCP connections, so that a fault can reset one: ASGI has no word for that.

hypercorn makes one TCPServer for each connection and hands it the asyncio writer. A function in the place of that
class remembers the writer by the client's address, which is what `scope["client"]` of ASGI holds.
"""

from __future__ import annotations

import socket
import struct
import weakref
from typing import TYPE_CHECKING, Any

from emulator.patching import PrivateName

if TYPE_CHECKING:
    import asyncio

    Address = tuple[str, int]

_CLOSE_WITH_RESET = struct.pack("ii", 1, 0)
"""struct linger: on, for 0 seconds. See SO_LINGER in socket(7)."""


class Connections:
    """The writers of the open connections, by the client's address."""

    def __init__(self) -> None:
        self._writers: weakref.WeakValueDictionary[Address, asyncio.StreamWriter] = weakref.WeakValueDictionary()

    def install(self) -> None:
        """Learn of every connection that is opened from now on."""
        serve = PrivateName.TCP_SERVER.get()

        def serve_remembered(*arguments: Any) -> Any:
            writer = arguments[-1]
            self._writers[_address(writer.get_extra_info("peername"))] = writer
            return serve(*arguments)

        PrivateName.TCP_SERVER.replace(serve_remembered)

    def reset(self, client: Address) -> None:
        """End the connection of a client with a TCP reset; what was not sent yet is lost."""
        writer = self._writers[_address(client)]
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CLOSE_WITH_RESET)
        writer.transport.abort()


def _address(name: Any) -> Address:
    return str(name[0]), int(name[1])
