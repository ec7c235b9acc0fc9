"""`python -m bench.measured '<JSON>'`: one contender in its own process, measured from inside.

The JSON holds ``contender``, ``accounts``, ``threads``, ``core``, ``members`` (the file of a control group to join,
or null) and ``files``, the most file descriptors that it may have. The last line of stdout is what it took and
what it found out.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .usage import childrens_cpu_seconds, childrens_peak, own_cpu_seconds, own_peak_mib

if TYPE_CHECKING:
    from collections.abc import Callable

    from .verdicts import Verdicts

CONTENDERS = {
    "audit": ("ours", "audit"),
    "whole-run": ("ours", "whole_run"),
    "whole-run-by-root": ("ours", "whole_run_by_root"),
    "session-per-account": ("baselines", "session_per_account"),
    "whole-run-in-steps": ("in_steps", "in_steps"),
    "clients-per-account": ("baselines", "clients_per_account"),
    "c7n-org": ("custodian", "c7n_org"),
}
"""Module and function of each; only the one that runs is imported."""

IN_CHILDREN = "c7n-org"
"""The contender that works in processes below this one: theirs are measured instead of this one."""

MEASURES_ITSELF = "whole-run-in-steps"
"""The contender that returns what its processes took."""


def measure(options: dict[str, Any]) -> dict[str, Any]:
    """Run the contender and return wall seconds, CPU seconds, peak memory and verdicts.

    ``function_seconds`` and ``function_calls`` are what Lambda would charge: one call, unless the contender says so.
    """
    contender = options["contender"]
    module, function = CONTENDERS[contender]
    run = getattr(import_module(f".{module}", __package__), function)
    started_cpu = own_cpu_seconds()
    started_at = time.perf_counter()
    if contender == IN_CHILDREN:
        taken = _in_children(lambda: run(options["accounts"]))
    elif contender == MEASURES_ITSELF:
        taken = run(options["threads"])
    else:
        verdicts = run(options["threads"])
        taken = {"cpu_seconds": own_cpu_seconds(), "import_cpu_seconds": started_cpu, "peak_rss_mb": own_peak_mib()}
        taken["verdicts"] = verdicts.to_json()
    wall_seconds = time.perf_counter() - started_at
    return {"wall_seconds": wall_seconds, "function_seconds": wall_seconds, "function_calls": 1, **taken}


def _in_children(run: Callable[[], Verdicts]) -> dict[str, Any]:
    with childrens_peak() as peak:
        verdicts = run()
    return {
        "cpu_seconds": childrens_cpu_seconds(),
        "import_cpu_seconds": None,
        "peak_rss_mb": peak.mib,
        "verdicts": verdicts.to_json(),
    }


def _confine(core: int, members: str | None, files: int) -> None:
    if members:
        Path(members).write_text(str(os.getpid()), encoding="ascii")
    os.sched_setaffinity(0, {core})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(files, most), most))


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    _confine(asked["core"], asked["members"], asked["files"])
    print(json.dumps(measure(asked)))  # noqa: T201  # the answer to the process that started this one
