"""A whole run in steps, as the state machine makes it: plan, the batches four at once, conclude.

Each instance of the function is a process, which stays warm from one batch to the next, as in Lambda. Unlike in
Lambda, all of them share the core of what is measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from regionproof.steps.requests import BATCHES_AT_ONCE

from .step_calls import Calls
from .stub.process import REPOSITORY
from .usage import childrens_cpu_seconds


def in_steps(_threads: int) -> dict[str, Any]:
    """Make the run, and return what all calls of the function took. Raises ``CalledProcessError``.

    ``function_seconds`` is the sum of the calls, which Lambda charges; the peak of memory is that of one process.
    """
    planned = _instance("plan", [])
    batches = planned.outcome["batches"]
    with ThreadPoolExecutor(BATCHES_AT_ONCE) as pool:
        shares = [batches[first::BATCHES_AT_ONCE] for first in range(BATCHES_AT_ONCE)]
        collected = list(pool.map(lambda share: _instance("collect", share), filter(None, shares)))
    concluded = _instance("conclude", [])
    instances = (planned, *collected, concluded)
    return {
        "cpu_seconds": childrens_cpu_seconds(),
        "import_cpu_seconds": None,
        "peak_rss_mb": max(calls.peak_mib for calls in instances),
        "function_seconds": sum(sum(calls.seconds) for calls in instances),
        "function_calls": sum(len(calls.seconds) for calls in instances),
        "verdicts": concluded.outcome,
    }


def _instance(step: str, batches: list[int]) -> Calls:
    command = [sys.executable, "-m", "bench.step_calls", json.dumps({"step": step, "batches": batches})]
    said = subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603  # this Python
    return Calls(**json.loads(said.splitlines()[-1]))
