"""The terminal entry: ``regionproof``. One module a command; ``main`` names the commands there are."""

from __future__ import annotations

from .audit_command import audit_aws, audit_command
from .preflight_command import inspect_aws, preflight_command
from .process import run_process


def main() -> int:
    """Run the command line of this process and return its exit code (see ``ExitStatus``)."""
    return run_process((audit_command(audit_aws), preflight_command(inspect_aws)))
