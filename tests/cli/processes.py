"""Start the command line as a real process, in an environment that has nothing of AWS in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import regionproof

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGES = Path(regionproof.__file__).parents[1]
REPOSITORY = Path(__file__).parents[2]
SECONDS = 60


def start(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None, **pipes: Any) -> Any:
    """Start ``python -m`` with these arguments in its own folder and return the ``Popen``, in binary.

    The metadata service is off: on an EC2 machine it would hand out credentials, and elsewhere it is waited for.
    """
    return subprocess.Popen(  # noqa: S603  # this interpreter and arguments of the tests
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": os.pathsep.join((str(PACKAGES), str(REPOSITORY))),
            "AWS_EC2_METADATA_DISABLED": "true",
            **(environment or {}),
        },
        stdin=subprocess.DEVNULL,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes},
    )


def finish(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None, **pipes: Any) -> Any:
    """Run a process to its end and return it as ``CompletedProcess``, in binary."""
    with start(folder, *arguments, environment=environment, **pipes) as process:
        stdout, stderr = process.communicate(timeout=SECONDS)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)
