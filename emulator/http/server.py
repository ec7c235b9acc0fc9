"""Serve HTTP, and end every process that the emulator has started when the server stops."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import threading
from typing import TYPE_CHECKING

# hypercorn is ministack's server and installed only in the emulator's environment
from hypercorn.asyncio import serve as serve_with_hypercorn  # type: ignore[import-not-found]
from hypercorn.config import Config  # type: ignore[import-not-found]

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from emulator.http.asgi import Application

_GRACE_SECONDS = 1.0


async def serve(application: Application, listener: socket.socket, temporary: Path | None = None) -> None:
    """Serve on a listening socket until SIGTERM or SIGINT, then kill this process and its process group.

    With a `temporary` folder, also stop when standard input is closed, and delete the folder. The parent process holds
    the other end of that pipe, and the kernel closes it when the parent ends, even after SIGKILL.
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
    """Kill this process and the Lambda workers, which ministack leaves running after SIGTERM."""
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
