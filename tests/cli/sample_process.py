"""A real process of the command line over a made-up run: ``python -m tests.cli.sample_process RUN audit …``."""

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING

from regionproof.cli.audit_command import audit_command
from regionproof.cli.process import run_process
from regionproof.domain.facts import TokenVersion
from tests.support.builders import an_account, regions, some_facts

from .runs import FakeRun

if TYPE_CHECKING:
    from regionproof.audit.run import Progress
    from regionproof.audit.settings_check import SettingsCheck
    from regionproof.cli.audit_command import AuditRun
    from regionproof.domain.run import Outcome, RunRequest
    from regionproof.settings.shape import AuditSettings
    from regionproof.wiring import CallerProfile

STARTED = "the run has started"


def endless(
    _settings: AuditSettings, _caller: CallerProfile, _request: RunRequest, _progress: Progress, _check: SettingsCheck
) -> Outcome:
    """Say on stderr that the run has started, and wait for a Ctrl-C that ends it."""
    sys.stderr.write(f"{STARTED}\n")
    sys.stderr.flush()
    threading.Event().wait()
    raise AssertionError("nothing but a Ctrl-C ends the wait")


def defective(
    _settings: AuditSettings, _caller: CallerProfile, _request: RunRequest, _progress: Progress, _check: SettingsCheck
) -> Outcome:
    """Fail as only a defect of the program does."""
    raise ZeroDivisionError("a defect that was made up")


HONG_KONG = FakeRun(
    {"222222222222": some_facts(opt_in=regions(ap_east_1="ENABLED"))}, (an_account("222222222222", "Zürich 香港"),)
)
LARGE = FakeRun({str(200_000_000_000 + number): some_facts(TokenVersion(2)) for number in range(500)})
RUNS: dict[str, AuditRun] = {"hong-kong": HONG_KONG, "large": LARGE, "endless": endless, "defective": defective}


def main() -> int:
    """Run the command line over the run that the first argument names.

    Ctrl-C counts also where the tests run in the background of a shell, which makes their processes ignore it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return run_process((audit_command(RUNS[sys.argv.pop(1)]),))


if __name__ == "__main__":
    sys.exit(main())
