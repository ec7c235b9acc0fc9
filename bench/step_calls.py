"""`python -m bench.step_calls '<JSON>'`: calls of the function for steps of a run, one after the other.

It is what one warm instance of the function does. The JSON holds ``step`` (``plan``, ``collect`` or ``conclude``) and
``batches``, the numbers of those to collect. The last line of stdout is what the calls took and came to.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from aws_lambda_powertools import Logger

from regionproof.aws.pacing import ThrottleCounter
from regionproof.domain.run import RunRequest
from regionproof.steps.requests import BATCHES_AT_ONCE
from regionproof.steps.run import StepRun
from regionproof.storage.run_files import RunFiles
from regionproof.time_budget import no_time_limit
from regionproof.wiring import CallerProfile, RunContext, build_audit, build_run_objects

from .ours import BUCKET, SETTINGS, destinations, verdicts_of
from .usage import own_peak_mib

RUN_ID = "benchmark"
MEMORY_MIB = 1024
"""What README advises for 50,000 accounts."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What calls of the function took, and what the last of them came to.

    Attributes:
        seconds: of each call, without the start of the process
        peak_mib: the most memory of the process
        outcome: what ``plan`` returned, or the verdicts after ``conclude``
    """

    seconds: list[float]
    peak_mib: float
    outcome: dict[str, Any] = field(default_factory=dict)


def take(step: str, batches: list[int]) -> Calls:
    """Make the calls for a step."""
    seconds: list[float] = []
    outcome: dict[str, Any] = {}
    for batch in batches or [0]:
        began = time.perf_counter()
        outcome = _call(step, batch)
        seconds.append(time.perf_counter() - began)
    return Calls(seconds, own_peak_mib(), outcome)


def _call(step: str, batch: int) -> dict[str, Any]:
    """Take a step as ``regionproof.steps.handler`` does, with clients of its own."""
    share = 1 / BATCHES_AT_ONCE if step == "collect" else 1
    throttles = ThrottleCounter()
    around = RunContext(memory_mib=MEMORY_MIB, share=share, throttles=throttles)
    logger = Logger(service="benchmark", stream=sys.stderr)
    files = RunFiles(build_run_objects(BUCKET, no_time_limit), RUN_ID)
    audit = build_audit(SETTINGS, CallerProfile(), around, destinations(logger))
    run = StepRun(audit, files, lambda: throttles.count)
    match step:
        case "plan":
            return run.plan(RunRequest())
        case "collect":
            return dict(run.collect(batch))
        case _:
            return dict(verdicts_of(run.conclude().outcome).to_json())


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps(asdict(take(asked["step"], asked["batches"]))))  # noqa: T201  # the answer to the process that started this one
