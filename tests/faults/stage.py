"""A small organization, RegionProof installed in it, and runs of it in this process."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from unittest.mock import patch
from uuid import uuid4

from regionproof.aws.ledger_store import KEY
from regionproof.aws.limits import Limits
from regionproof.aws.pacing import ThrottleCounter
from regionproof.domain.run import Outcome, RunRequest
from regionproof.errors import RegionProofError
from regionproof.wiring import CallerProfile, Destinations, RunContext, build_audit
from tests.faults.end_state import Observer, told_by
from tests.faults.installation import SETTINGS, Installation, install
from tests.faults.recording import Call, calls_in
from tests.support.fakes import RecordingLog

if TYPE_CHECKING:
    from typing import TypeAlias

    from emulator.process import LocalAws
    from regionproof.audit.run import Audit
    from tests.faults.end_state import Told

    Ready: TypeAlias = tuple[Limits, ThrottleCounter, RecordingLog, Audit]

PATIENT = Limits(connect_seconds=1, read_seconds=5, attempts=2, patient_seconds=3, workers=4)
IMPATIENT = Limits(connect_seconds=1, read_seconds=0.5, attempts=2, patient_seconds=1.5, workers=4)
"""For calls that hang; a machine under load is to hold nothing else up for so long."""


@dataclass(frozen=True)
class Ended:
    """How a run ended: with an outcome or with a failure, after how many seconds, and with how many throttled calls.

    ``missed`` is what its first step said that it did not find.
    """

    outcome: Outcome | None
    failure: RegionProofError | None
    seconds: float
    throttles: int
    missed: tuple[str, ...] = ()


@dataclass
class Stage:
    """RegionProof in one local AWS."""

    aws: LocalAws
    installation: Installation = field(init=False)
    observer: Observer = field(init=False)
    _ready: Ready | None = field(init=False, default=None)
    _undisturbed: Ready | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Install it."""
        self.begin_anew()

    def begin_anew(self) -> None:
        """Bring everything back to the first state, whatever happened."""
        self.aws.reset()
        self.installation = install(self.aws)
        self.observer = Observer(self.installation)
        self._ready = self._undisturbed = None

    def forget(self) -> None:
        """Bring back the state before the first run, where only runs have changed anything. It is cheap."""
        root = self.installation.root
        root.client("s3").delete_object(Bucket=self.installation.bucket, Key=KEY)
        root.client("securityhub").disable_security_hub()
        root.client("securityhub").enable_security_hub(EnableDefaultStandards=False)
        self.observer.alerts()

    def let_clients_go(self) -> None:
        """Let the next run make clients of its own: those that have retried too often retry no more."""
        self._ready = None

    def environment(self) -> dict[str, str]:
        """Return the environment of the function: this AWS, and the session of its role."""
        function = self.installation.function
        return {
            **self.aws.environment(function.access_key),
            "AWS_SECRET_ACCESS_KEY": function.secret,
            "AWS_SESSION_TOKEN": function.token or "",
        }

    def run(self, limits: Limits = PATIENT) -> Ended:
        """Run the audit once. Only the product's own failures are caught.

        The clients are those of the last run, unless it was throttled: they would go on slowly.
        """
        ready = self._ready if self._ready and self._ready[0] == limits else self._make_ready(limits)
        _, throttles, log, audit = ready
        before, lines, begun = throttles.count, len(log.lines), time.monotonic()
        outcome, failure = _run(audit)
        seen = throttles.count - before
        self._ready = None if seen else ready
        missed = tuple(line["seen"] for line in log.lines[lines:] if line["message"] == "preflight.not_met")
        return Ended(outcome, failure, time.monotonic() - begun, seen, missed)

    def run_anew(self, limits: Limits = PATIENT) -> Ended:
        """Run the audit once with new clients, and so with every call that a run makes."""
        begun = time.monotonic()
        self._ready = None
        try:
            made = self._ready = self._make_ready(limits)
        except RegionProofError as failure:
            return Ended(None, failure, time.monotonic() - begun, 0)
        before = made[1].count
        ended = self.run(limits)
        return replace(ended, throttles=before + ended.throttles)

    def run_undisturbed(self) -> Outcome:
        """Run the audit once without faults, with clients that have never met one; it must not fail."""
        self._undisturbed = self._undisturbed or self._make_ready(PATIENT)
        outcome, failure = _run(self._undisturbed[-1])
        assert failure is None
        assert outcome is not None
        return outcome

    def calls(self) -> list[Call]:
        """Make a run with new clients, and return its calls."""
        before = len(self.aws.calls())
        ended = self.run_anew()
        assert ended.failure is None
        return calls_in(self.aws.calls(after=before))

    def ready_audit(self) -> Audit:
        """Return a run with clients of its own that is ready to go."""
        return self._make_ready(PATIENT)[-1]

    def told(self) -> list[Told]:
        """Take what was reported since the last time."""
        return told_by(self.observer.alerts())

    def _make_ready(self, limits: Limits) -> Ready:
        throttles, log, installed = ThrottleCounter(), RecordingLog(), self.installation
        destinations = Destinations(installed.topic_arn, installed.bucket, log.logger)
        with patch.dict(os.environ, self.environment(), clear=True):
            around = RunContext(limits=limits, throttles=throttles)
            return limits, throttles, log, build_audit(SETTINGS, CallerProfile(), around, destinations)


def _run(audit: Audit) -> tuple[Outcome | None, RegionProofError | None]:
    try:
        return audit.run(RunRequest(), uuid4().hex), None
    except RegionProofError as failure:
        return None, failure
