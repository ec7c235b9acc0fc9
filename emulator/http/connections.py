"""Keep track of the open TCP connections. A fault can then reset one, which ASGI cannot do.

hypercorn creates one TCPServer per connection and passes it the asyncio writer. A wrapper around that class stores the
writer by the client's address, which ASGI has in `scope["client"]`.
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
        """Track every connection that is opened from now on."""
        serve = PrivateName.TCP_SERVER.get()

        def serve_tracked(*arguments: Any) -> Any:
            writer = arguments[-1]
            self._writers[_address(writer.get_extra_info("peername"))] = writer
            return serve(*arguments)

        PrivateName.TCP_SERVER.replace(serve_tracked)

    def reset(self, client: Address) -> None:
        """End a client's connection with a TCP reset. Unsent data is lost."""
        writer = self._writers[_address(client)]
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CLOSE_WITH_RESET)
        writer.transport.abort()


def _address(name: Any) -> Address:
    return str(name[0]), int(name[1])
