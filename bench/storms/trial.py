"""One trial: a scenario at one size, with a stub and its own run."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from bench.measurement import FILES_IN_LAMBDA
from bench.stub.process import REALISTIC, REPOSITORY, World, running

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.stub.process import RunningStub

    from .scenarios import Scenario

SECONDS_TO_START = 10
"""What a process may take before its run begins, and after it has returned."""

_LENGTH_OF_CRASH = 200


@dataclass(frozen=True, slots=True)
class Size:
    """How large the organization is, and how long a run may take. ``latency`` is in seconds, by operation."""

    accounts: int
    lambda_seconds: float
    latency: Mapping[str, float]

    @classmethod
    def realistic(cls, accounts: int, lambda_seconds: float) -> Size:
        """Return a size with the latency of AWS."""
        return cls(accounts, lambda_seconds, REALISTIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one run came to.

    Attributes:
        scenario: the name of the scenario
        accounts: the size of the organization
        seconds: until the run returned; None if it did not
        failure: the sentence of a run that failed; empty if it did not
        crash: the last line of a run that ended in another way; empty if it did not
        audited: accounts; None if the run failed
        not_attempted: accounts that there was no time for; None if the run failed
        not_audited: accounts of which something could not be read; None if the run failed
        judged: findings with a verdict, which go to Security Hub
        wrong: findings whose verdict is not that of the account
        imported: findings that Security Hub took
        alerts: messages that SNS took
        ledger: whether S3 took the ledger after all that was published
        calls: calls of all operations
        throttled: calls that were throttled
        causes: how many accounts have which failed call and code
    """

    scenario: str
    accounts: int
    seconds: float | None
    failure: str
    crash: str
    audited: int | None
    not_attempted: int | None
    not_audited: int | None
    judged: int
    wrong: int
    imported: int
    alerts: int
    ledger: bool
    calls: int
    throttled: int
    causes: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def attempt(scenario: Scenario, size: Size, logs: Path) -> Trial:
    """Make one run in a scenario. What it writes on stderr goes to a file in ``logs``."""
    world = World(size.accounts, size.latency, storms=scenario.storms)
    with running(world) as stub:
        outcome = _outcome(scenario, size, stub, logs / f"{scenario.name}-{size.accounts}.log")
        return trial(scenario.name, size, outcome, stub.counts())


def trial(name: str, size: Size, outcome: Mapping[str, Any], counts: Mapping[str, Any]) -> Trial:
    """Return what a run came to, by its own outcome and by what the stub counted."""
    seconds = outcome.get("seconds")
    return Trial(
        scenario=name,
        accounts=size.accounts,
        seconds=seconds if seconds is not None and seconds <= size.lambda_seconds else None,
        failure=outcome.get("failure", ""),
        crash=outcome.get("crash", ""),
        audited=outcome.get("audited"),
        not_attempted=outcome.get("not_attempted"),
        not_audited=outcome.get("not_audited"),
        judged=outcome.get("judged", 0),
        wrong=outcome.get("wrong", 0),
        imported=counts["findings_imported"],
        alerts=counts["carried_out"].get("Publish", 0),
        ledger=_ledger_is_written(counts["last_carried_out"]),
        calls=sum(counts["calls"].values()),
        throttled=sum(counts["throttled"].values()),
        causes=outcome.get("causes", {}),
    )


def _ledger_is_written(last: Mapping[str, float]) -> bool:
    """Return whether the last write came after the last import and the last message: before, it is only an intent."""
    published = max(last.get("BatchImportFindings", 0), last.get("Publish", 0))
    return last.get("PutObject", 0) > published


def _outcome(scenario: Scenario, size: Size, stub: RunningStub, log: Path) -> dict[str, Any]:
    """Return what a run wrote; ``crash`` if it ended with an exception, nothing if it did not end in time."""
    options = {
        "accounts": size.accounts,
        "access": scenario.access,
        "lambda_seconds": size.lambda_seconds,
        "files": FILES_IN_LAMBDA,
    }
    with log.open("w+", encoding="utf-8") as errors:
        try:
            done = subprocess.run(  # noqa: S603  # this Python, a module of this package
                [sys.executable, "-m", "bench.storms.run", json.dumps(options)],
                cwd=REPOSITORY,
                env=stub.environment() | {"PYTHONPATH": str(REPOSITORY / "lambda_src")},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                timeout=size.lambda_seconds + SECONDS_TO_START,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {}
        if done.returncode == 0:
            return dict(json.loads(done.stdout.splitlines()[-1]))
        errors.seek(0)
        lines = errors.read().splitlines() or [f"exit status {done.returncode}"]
    return {"crash": lines[-1][:_LENGTH_OF_CRASH]}
