"""The runs without faults that all others are compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.faults.installation import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regionproof.domain.findings import Finding
    from regionproof.domain.run import Outcome
    from tests.faults.end_state import EndState, Told
    from tests.faults.recording import Call
    from tests.faults.stage import Stage

    Findings = Mapping[tuple[str, str], Finding]
    """Findings without times, by account id and rule."""

OPEN = tuple(account.id for account in SAMPLE.accounts if account.state == "ACTIVE")
_NO_TIME = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass(frozen=True)
class FaultFree:
    """A first run and a second one.

    Attributes:
        first: the calls of the first run, in the order of their ends
        second: those of the second, in which nothing has changed
        findings: what both say
        end: what both leave behind
        told: what the first run tells; the second tells nothing
    """

    first: list[Call]
    second: list[Call]
    findings: Findings
    end: EndState
    told: list[Told]

    @classmethod
    def record(cls, stage: Stage) -> FaultFree:
        """Make both runs; the stage must be before its first."""
        first = stage.calls()
        told, end = stage.told(), stage.observer.end_state()
        second = stage.calls()
        assert stage.told() == []
        assert stage.observer.end_state() == end
        return cls(first, second, findings_of(stage.run_undisturbed()), end, told)

    def settle(self, stage: Stage) -> None:
        """Bring the stage to where both runs have been made, if it is not there."""
        if stage.observer.end_state() != self.end:
            stage.forget()
            stage.run_undisturbed()
        stage.told()


def findings_of(outcome: Outcome) -> Findings:
    """Return what a run says, without times; it says one thing only of each account and rule."""
    findings = outcome.report.findings
    said = {(f.account.id, f.rule): replace(f, first_seen=_NO_TIME, last_seen=_NO_TIME) for f in findings}
    assert len(said) == len(findings)
    return said
