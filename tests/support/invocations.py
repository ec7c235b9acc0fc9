"""Invoke the real function in a layout as in Lambda: the package and its settings in one folder, in one process.

Run as a program, this file is that process. It reads the events from stdin and writes the outcomes to a file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIME_LEFT = "MILLISECONDS_LEFT"
"""The variable with the time that Lambda leaves to each invocation."""

PACKAGE = Path(__file__).parents[2] / "lambda_src" / "regionproof"


@dataclass(frozen=True)
class Invocations:
    """The outcome of each event (``result`` or ``error``), and every line that the function wrote."""

    outcomes: list[dict[str, Any]]
    output: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return every line, parsed. Each must be JSON."""
        return [json.loads(line) for line in self.output.splitlines()]

    @property
    def logged(self) -> list[dict[str, Any]]:
        """Return the lines of the log."""
        return [line for line in self.lines if "_aws" not in line]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """Return the lines in CloudWatch's embedded metric format."""
        return [line for line in self.lines if "_aws" in line]


def invoke(
    folder: Path, events: Sequence[Any], environment: Mapping[str, str], settings: str = "{}", origin: str = "{}"
) -> Invocations:
    """Invoke the function once for each event, in one process with only this environment."""
    (folder / "regionproof").symlink_to(PACKAGE)
    (folder / "settings.json").write_text(settings, encoding="utf-8")
    (folder / "settings_origin.json").write_text(origin, encoding="utf-8")
    outcomes = folder / "outcomes.json"
    isolated = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "PYTHONPATH": str(folder)}
    finished = subprocess.run(  # noqa: S603  # this Python, this file
        [sys.executable, "-B", __file__, str(outcomes)],
        input=json.dumps(list(events)),
        env={**isolated, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    return Invocations(json.loads(outcomes.read_text(encoding="utf-8")), finished.stdout)


@dataclass(frozen=True)
class _Context:
    """The context that Lambda passes with the event."""

    aws_request_id: str
    function_name: str = "RegionProofAuditFunction"
    memory_limit_in_mb: str = "512"
    milliseconds_left: int = 0

    def get_remaining_time_in_millis(self) -> int:
        """Return the same remaining time at every call."""
        return self.milliseconds_left


def _main() -> None:
    from regionproof.handler import lambda_handler  # noqa: PLC0415  # of the folder in PYTHONPATH

    outcomes: list[dict[str, Any]] = []
    for number, event in enumerate(json.load(sys.stdin), start=1):
        context: Any = _Context(f"request-{number}", milliseconds_left=int(os.environ.get(TIME_LEFT, "900000")))
        try:
            outcomes.append({"result": lambda_handler(event, context)})
        except Exception as failure:  # noqa: BLE001  # the test checks which
            outcomes.append({"error": type(failure).__name__, "message": str(failure)})
    Path(sys.argv[1]).write_text(json.dumps(outcomes), encoding="utf-8")


if __name__ == "__main__":
    _main()
