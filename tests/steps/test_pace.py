"""The quotas that all batches share: each keeps to its part of the pace."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from regionproof.aws.pacing import CENTRAL_LIST_REGIONS
from regionproof.domain.run import RunRequest
from regionproof.errors import SetupError
from regionproof.steps.handler import take_step
from regionproof.steps.requests import BATCHES_AT_ONCE, CollectStep, ConcludeStep, PlanStep
from tests.hostile.outputs import surveillance
from tests.support.fakes import RecordingLog

if TYPE_CHECKING:
    from regionproof.steps.requests import Step


MEMBERS = re.compile(rb"TargetPrincipal=20000000000[23]")
"""Those of the second batch; the preflight of the plan tries another one."""


@dataclass
class Call:
    """A call of the function that gets no further than the audit which it builds."""

    shares: list[float] = field(default_factory=list)
    logger: Any = field(default_factory=lambda: RecordingLog().logger)

    def remaining_time(self) -> float:
        """Return the time that Lambda leaves."""
        return 900

    def log_warnings_of_settings(self) -> None:
        """Do nothing."""

    def audit(self, share: float = 1) -> Any:
        """Note the share of the quotas that is asked for."""
        self.shares.append(share)
        raise SetupError("no further")


@pytest.mark.parametrize(
    ("step", "share"),
    [
        (PlanStep("a", RunRequest()), 1),
        (CollectStep("a", 0), 1 / BATCHES_AT_ONCE),
        (CollectStep("a/second-pass", 0), 1 / BATCHES_AT_ONCE),
        (ConcludeStep("a"), 1),
    ],
)
def test_a_batch_may_use_the_part_of_one_among_those_at_once(
    step: Step, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan and a conclusion are alone."""
    monkeypatch.setenv("REGIONPROOF_LEDGER_BUCKET", "regionproof-ledger")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    call: Any = Call()
    with pytest.raises(SetupError, match="no further"):
        take_step(call, step)
    assert call.shares == [share]


@pytest.mark.network
def test_the_central_reads_of_a_batch_by_root_keep_a_quarter_of_the_pace(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Two members of one batch: between the first root session and the second question of its Regions lies a second."""
    with surveillance(tmp_path_factory) as found:
        found.allow_root_sessions_in_steps()
        events = ({"step": "plan", "run": "a", "request": {}}, {"step": "collect", "run": "a", "batch": 1})
        found.call("a batch", events=events, settings=json.dumps({"access": "root"}))
        assert json.loads(found.written["a batch: result"])[1] == {"result": {"batch": 1, "accounts": 2, "audited": 2}}
        sessions = [when for when, what in found.wire.passed if b"=AssumeRoot" in what and MEMBERS.search(what)]
        central = [when for when, what in found.wire.passed if b"/listRegions" in what and b"AccountId" in what]
    assert len(central) == 2
    # The first token is taken after the first session, and the second one before the second question.
    assert max(central) - min(sessions) >= BATCHES_AT_ONCE / CENTRAL_LIST_REGIONS.per_second
