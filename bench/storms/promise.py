"""What a run promises in a scenario, and what of it a trial broke."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .trial import Trial

MOST_TIMES_UNDISTURBED = 2.5
"""How many times longer a run may take while AWS throttles a tenth of the calls."""

MOST_ALERTS = 2
"""Messages of one run. SNS may have taken one whose answer is lost, so a second one may be the first again."""

FULL_LENGTH_SECONDS = 900
"""A shorter run may leave accounts out, and may fail in a storm that lasts as long as for a full one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a run does besides returning in time with no wrong verdict. None: either is right.

    Attributes:
        fails: whether the run ends with its own sentence in place of an outcome; None: either is right
        complete: whether every account is audited
        says_so: whether accounts are counted as not attempted or not audited
        timeouts: whether calls that AWS does not answer are a cause why accounts are not audited
        imported: whether Security Hub has every verdict
        alert: whether SNS has a message
        ledger: whether the ledger is written
        most_times: how many times longer than undisturbed the run may take
    """

    fails: bool | None = False
    complete: bool = False
    says_so: bool = False
    timeouts: bool = False
    imported: bool = False
    alert: bool | None = None
    ledger: bool | None = None
    most_times: float | None = None

    def broken_by(self, trial: Trial, times_undisturbed: float | None, lambda_seconds: float) -> list[str]:
        """Return a clause for each part that a trial broke; empty if all is kept."""
        if trial.seconds is None:
            return [trial.crash or f"no answer within {lambda_seconds:.0f} s"]
        if trial.failure:
            return [*(["the run failed"] if self.fails is False else []), *self._of_destinations(trial)]
        if self.fails:
            return ["the run reports success"]
        return [*self._of_outcome(trial, times_undisturbed, lambda_seconds), *self._of_destinations(trial)]

    def _of_outcome(self, trial: Trial, times_undisturbed: float | None, lambda_seconds: float) -> Iterator[str]:
        missing = (trial.not_attempted or 0) + (trial.not_audited or 0)
        if trial.wrong:
            yield f"{trial.wrong} verdicts are wrong"
        if (trial.audited or 0) + missing != trial.accounts:
            yield f"{trial.accounts - (trial.audited or 0) - missing} accounts are not counted"
        if self.complete and missing and lambda_seconds >= FULL_LENGTH_SECONDS:
            yield f"{missing} accounts are not audited"
        unanswered = sum(count for cause, count in trial.causes.items() if "Timeout" in cause)
        if unanswered and not self.timeouts:
            yield f"{unanswered} accounts count as unanswered, but AWS answered every call"
        if self.says_so and not missing:
            yield "no account counts as not audited"
        if self.most_times and times_undisturbed and times_undisturbed > self.most_times:
            yield f"{times_undisturbed:.1f} times the undisturbed time, at most {self.most_times} promised"

    def _of_destinations(self, trial: Trial) -> list[str]:
        broken = []
        if self.imported and trial.imported < trial.judged:
            broken.append(f"{trial.judged - trial.imported} findings are not imported")
        if self.alert is not None and self.alert != bool(trial.alerts):
            broken.append("no alert" if self.alert else "an alert was sent")
        if trial.alerts > MOST_ALERTS:
            broken.append(f"the alert was sent {trial.alerts} times")
        if self.ledger is not None and self.ledger != trial.ledger:
            broken.append("the ledger is not written" if self.ledger else "the ledger is written")
        return broken
