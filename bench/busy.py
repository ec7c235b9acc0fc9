"""Other work on the machine: processes that compute all the time."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Let so many processes compute until the block ends, on all cores."""
    with ExitStack() as started:
        for _ in range(processes):
            process = subprocess.Popen([sys.executable, "-c", "while True: pass"])  # this Python
            started.callback(process.wait)
            started.callback(process.kill)
        yield
