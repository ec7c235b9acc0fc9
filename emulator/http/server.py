"""The HTTP server, and the end of it: nothing that it started outlives it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import threading
from typing import TYPE_CHECKING

# only the emulator's environment has hypercorn, which is ministack's server
from hypercorn.asyncio import serve as serve_with_hypercorn  # type: ignore[import-not-found]
from hypercorn.config import Config  # type: ignore[import-not-found]

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from emulator.http.asgi import Application

_GRACE_SECONDS = 1.0


async def serve(application: Application, listener: socket.socket, temporary: Path | None = None) -> None:
    """Serve at a listening socket until SIGTERM or SIGINT, then end this process with the group that it leads.

    With a temporary folder the end of standard input is the end too, and the folder goes with it: whoever started this
    process holds the other end of that pipe, and the kernel closes it when that process is gone, however it went.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if temporary is not None:
        threading.Thread(target=_end_with_stdin, args=(temporary,), daemon=True, name="end-with-stdin").start()
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.graceful_timeout = _GRACE_SECONDS
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"

    async def stopped() -> None:
        await stop.wait()

    await serve_with_hypercorn(application, config, shutdown_trigger=stopped)
    _end_process_group()


def _end_process_group() -> None:
    """End this process at once, and with it the Lambda workers: ministack leaves them running after SIGTERM."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


def _end_with_stdin(folder: Path) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    _end_process_group()
