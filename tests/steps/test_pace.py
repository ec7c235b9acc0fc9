"""The API quotas that all batches share: each batch uses only its share."""

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
"""The members of the second batch. The preflight of the plan tries another account."""


@dataclass
class Call:
    """A call of the function that ends when it builds the audit."""

    shares: list[float] = field(default_factory=list)
    logger: Any = field(default_factory=lambda: RecordingLog().logger)

    def remaining_time(self) -> float:
        """Return the remaining time of the function."""
        return 900

    def log_warnings_of_settings(self) -> None:
        """Do nothing."""

    def audit(self, share: float = 1) -> Any:
        """Record the requested share of the quotas."""
        self.shares.append(share)
        raise SetupError("stopped here")


@pytest.mark.parametrize(
    ("step", "share"),
    [
        (PlanStep("a", RunRequest()), 1),
        (CollectStep("a", 0), 1 / BATCHES_AT_ONCE),
        (CollectStep("a/second-pass", 0), 1 / BATCHES_AT_ONCE),
        (ConcludeStep("a"), 1),
    ],
)
def test_each_concurrent_batch_gets_an_equal_share(step: Step, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan and a conclusion never run at the same time as another step, so they get the whole quota."""
    monkeypatch.setenv("REGIONPROOF_LEDGER_BUCKET", "regionproof-ledger")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    call: Any = Call()
    with pytest.raises(SetupError, match="stopped here"):
        take_step(call, step)
    assert call.shares == [share]


@pytest.mark.network
def test_the_central_reads_of_a_batch_with_root_sessions_use_a_quarter_of_the_rate(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """One batch with two members: there is a second between the first root session and the second ListRegions."""
    with surveillance(tmp_path_factory) as observed:
        observed.allow_root_sessions_in_steps()
        events = ({"step": "plan", "run": "a", "request": {}}, {"step": "collect", "run": "a", "batch": 1})
        observed.call("a batch", events=events, settings=json.dumps({"access": "root"}))
        assert json.loads(observed.written["a batch: result"])[1] == {
            "result": {"batch": 1, "accounts": 2, "audited": 2}
        }
        sessions = [
            when for when, request in observed.wire.passed if b"=AssumeRoot" in request and MEMBERS.search(request)
        ]
        central = [
            when for when, request in observed.wire.passed if b"/listRegions" in request and b"AccountId" in request
        ]
    assert len(central) == 2
    # The first token is taken after the first session, and the second one before the second ListRegions.
    assert max(central) - min(sessions) >= BATCHES_AT_ONCE / CENTRAL_LIST_REGIONS.per_second
