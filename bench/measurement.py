"""Measure one contender against a stub, and hold what it found against the rule."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .busy import busy
from .core_speed import core_speed
from .meanwhile import meanwhile
from .organization import Organization
from .stub.process import REPOSITORY, World
from .verdicts import Verdicts

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from .stub.process import RunningStub

FILES_IN_LAMBDA = 1024
"""File descriptors that a function may have. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

SECONDS_BETWEEN_NEWS = 5
_MS = 1000


@dataclass(frozen=True, slots=True)
class Cores:
    """The core of what is measured, and the core of the stub. With one core they share it.

    ``members`` is the file of a control group that what is measured joins, where it gets a part of its core only.
    """

    contender: int
    stub: int
    members: Path | None = None

    @classmethod
    def of_this_machine(cls) -> Cores:
        """Take the first and the last core that this process may use."""
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[0], usable[-1])


@dataclass(frozen=True, slots=True)
class Contest:
    """What is measured: ``contender`` as ``measured`` names it, ``name`` as the table does.

    ``tls`` and ``paths`` are those of the stub; ``busy`` is how many other processes compute meanwhile.
    """

    name: str
    contender: str
    accounts: int
    threads: int = 1
    tls: bool = True
    paths: bool = True
    busy: int = 0

    def world(self, core: int) -> World:
        """Return what the stub plays, on its core."""
        return World(self.accounts, core=core, tls=self.tls, paths=self.paths)


@dataclass(frozen=True, slots=True)
class Row:
    """What one contender took. CPU is user and system time of its process, the imports included.

    ``reference_ms`` is what a fixed piece of work took on the same core meanwhile. Of several runs it is the one
    in the middle by CPU; ``cpu_ms_of_each_run`` holds all, the least first.
    """

    name: str
    accounts: int
    wall_seconds: float
    cpu_ms_per_account: float
    import_cpu_seconds: float | None
    peak_rss_mb: float
    calls: int
    calls_per_second: float
    most_calls_in_a_second: dict[str, int]
    throttled: dict[str, int]
    most_connections_open: int
    reference_ms: float
    cpu_ms_of_each_run: tuple[float, ...] = ()
    function_seconds: float = 0
    function_calls: int = 1
    carried_out: dict[str, int] = field(default_factory=dict)
    findings_imported: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain values, rounded to what can be believed."""
        plain = {key: round(value, 3) if isinstance(value, float) else value for key, value in asdict(self).items()}
        each = [round(cpu, 3) for cpu in self.cpu_ms_of_each_run]
        return plain | {"cpu_ms_of_each_run": each, "throttled_calls": self.throttled_calls}

    @property
    def throttled_calls(self) -> int:
        """Return how many calls were refused as too fast."""
        return sum(self.throttled.values())


class WrongAnswer(RuntimeError):
    """A contender failed, found out something else than the rule, or asked with another account's session."""


def in_the_middle(rows: list[Row]) -> Row:
    """Return the row with the median of CPU, of an even number the higher of the two; it names the CPU of all."""
    by_cpu = sorted(rows, key=lambda row: row.cpu_ms_per_account)
    middle = by_cpu[len(by_cpu) // 2]
    return replace(middle, cpu_ms_of_each_run=tuple(row.cpu_ms_per_account for row in by_cpu))


def measure(contest: Contest, stub: RunningStub, cores: Cores) -> Row:
    """Run a contender and return what it took. Raises ``WrongAnswer``, then there is no figure."""
    stub.counts_to_now()
    with busy(contest.busy), _news_of(contest, stub), core_speed(cores.contender) as speed:
        taken = _run(contest, stub, cores)
    counts = stub.counts_to_now()
    faults = Verdicts.from_json(taken["verdicts"]).faults(Organization(contest.accounts))
    if counts["mix_ups"]:
        faults.append(f"{counts['mix_ups']} requests with a wrong session: {counts['mix_ups_sample']}")
    if faults:
        raise WrongAnswer(f"{contest.name}: {'; '.join(faults)}")
    return _row(contest, taken, counts, speed.reference_ms)


def _row(contest: Contest, taken: dict[str, Any], counts: dict[str, Any], reference_ms: float) -> Row:
    calls = sum(counts["calls"].values())
    return Row(
        name=contest.name,
        accounts=contest.accounts,
        wall_seconds=taken["wall_seconds"],
        cpu_ms_per_account=taken["cpu_seconds"] * _MS / contest.accounts,
        import_cpu_seconds=taken["import_cpu_seconds"],
        peak_rss_mb=taken["peak_rss_mb"],
        calls=calls,
        calls_per_second=calls / taken["wall_seconds"],
        most_calls_in_a_second=counts["most_calls_in_a_second"],
        throttled=counts["throttled"],
        most_connections_open=counts["most_connections_open"],
        reference_ms=reference_ms,
        function_seconds=taken["function_seconds"],
        function_calls=taken["function_calls"],
        carried_out=counts["carried_out"],
        findings_imported=counts["findings_imported"],
    )


def _run(contest: Contest, stub: RunningStub, cores: Cores) -> dict[str, Any]:
    options = {
        "contender": contest.contender,
        "accounts": contest.accounts,
        "threads": contest.threads,
        "core": cores.contender,
        "members": cores.members and str(cores.members),
        "files": FILES_IN_LAMBDA,
    }
    done = subprocess.run(  # noqa: S603  # this Python, a module of this package
        [sys.executable, "-m", "bench.measured", json.dumps(options)],
        cwd=REPOSITORY,
        env=stub.environment() | {"PYTHONPATH": str(REPOSITORY / "lambda_src")},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise WrongAnswer(f"{contest.name} failed; what it said stands above")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _news_of(contest: Contest, stub: RunningStub) -> AbstractContextManager[None]:
    """Say on stderr how far a contender is, by what the stub was asked."""
    started_at = time.monotonic()

    def tell() -> None:
        read = stub.counts()["calls"].get("GetAccountSummary", 0)
        seconds = time.monotonic() - started_at
        said = f"{contest.name}: {read:,} of {contest.accounts:,} accounts after {seconds:.0f} s\n"
        sys.stderr.write(said)

    return meanwhile(tell, SECONDS_BETWEEN_NEWS)
