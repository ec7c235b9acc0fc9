"""A process that runs the audit once, to be killed: `python -m tests.faults.child TOPIC_ARN BUCKET`.

Who it is, and where AWS is, is in its environment, as for the function in Lambda.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from aws_lambda_powertools import Logger

from regionproof.domain.run import RunRequest
from regionproof.wiring import CallerProfile, Destinations, RunContext, build_audit
from tests.faults.installation import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.stage import Stage

ROOT = Path(__file__).parents[2]


@contextmanager
def running_child(stage: Stage) -> Iterator[subprocess.Popen[bytes]]:
    """Start it on a stage; it is killed at the end of the block, if not before."""
    process = subprocess.Popen(  # noqa: S603  # this Python, this module
        [sys.executable, "-m", "tests.faults.child", stage.installation.topic_arn, stage.installation.bucket],
        cwd=ROOT,
        env={**stage.environment(), "PYTHONPATH": os.pathsep.join((str(ROOT / "lambda_src"), str(ROOT)))},
        stdin=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill it with SIGKILL and see that this is what it died of."""
    process.kill()
    assert process.wait() == -signal.SIGKILL


def main(topic_arn: str, bucket: str) -> None:
    """Run the audit once."""
    destinations = Destinations(topic_arn, bucket, Logger(service="child"))
    build_audit(SETTINGS, CallerProfile(), RunContext(), destinations).run(RunRequest(), uuid4().hex)


if __name__ == "__main__":
    main(*sys.argv[1:])
