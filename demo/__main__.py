"""Run the demo (`make demo`): deploy, let the schedule start an audit, and show the results."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from demo.deployment import CdkFailed, Deployment
from demo.observer import ObservationFailed
from demo.walkthrough import walk_through
from emulator.process import LocalAws, LocalAwsFailed

if TYPE_CHECKING:
    from types import FrameType

SETTINGS = Path(__file__).with_name("regionproof.yaml")
MANAGEMENT_ACCOUNT_ID = "111111111111"
SCHEDULER_MINUTE_SECONDS = 5
"""The length of a minute in the local EventBridge Scheduler. The first scheduled run then starts within seconds."""

WIDTH_WITHOUT_TERMINAL = 160


def main() -> int:
    """Run the demo and return its exit code: 0, 1 with a reason on stderr, or 130 after Ctrl-C."""
    width = None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL
    console = Console(highlight=False, markup=False, width=width)
    signal.signal(signal.SIGTERM, _as_interrupt)
    started = time.monotonic()
    options = ("--scheduler-minute", str(SCHEDULER_MINUTE_SECONDS))
    try:
        with LocalAws(options=options) as aws, tempfile.TemporaryDirectory(prefix="regionproof-demo-") as folder:
            walk_through(console, Deployment(aws, MANAGEMENT_ACCOUNT_ID, SETTINGS, Path(folder)))
    except (LocalAwsFailed, CdkFailed, ObservationFailed) as failure:
        sys.stderr.write(f"The demo failed: {failure}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("The demo was interrupted. The local AWS has been stopped.\n")
        return 130
    console.print(f"\nDone in {time.monotonic() - started:.0f} seconds. The local AWS has been stopped.")
    return 0


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
