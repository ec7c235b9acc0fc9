"""Where and with what a measurement was made."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

import boto3
import botocore

from .custodian import ENVIRONMENT

QUIET = 1.0
"""Average load of the last minute, over all cores, up to which figures can be believed."""


def machine() -> dict[str, Any]:
    """Return the cores, the model of the CPU, the memory, and what else the machine is busy with."""
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": found.group(1) if found else platform.machine(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1024 * 1024),
        "load_average": round(os.getloadavg()[0], 2),
    }


def warning(facts: dict[str, Any]) -> str:
    """Say that the machine is busy with something else; empty where it is quiet."""
    if facts["load_average"] <= QUIET:
        return ""
    return f"the load average is {facts['load_average']} before it begins: the figures are too high"


def versions() -> dict[str, str]:
    """Return the versions of Python, boto3, botocore, and c7n-org with its own boto3 where it is installed."""
    found = {"python": platform.python_version(), "boto3": boto3.__version__, "botocore": botocore.__version__}
    peers = ENVIRONMENT / "bin" / "python"
    return found | (_versions_of(peers) if peers.exists() else {})


def _versions_of(interpreter: Path) -> dict[str, str]:
    names = ("c7n", "c7n-org", "boto3", "botocore")
    code = f"from importlib.metadata import version; print(*map(version, {names}))"
    said = subprocess.check_output([interpreter, "-c", code], text=True).split()  # noqa: S603  # `make` made it
    return {_with_owner(name): version for name, version in zip(names, said, strict=True)}


def _with_owner(name: str) -> str:
    return name if name.startswith("c7n") else f"{name} of c7n-org"
