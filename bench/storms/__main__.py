"""`python -m bench.storms`: try the scenarios, print the table, and as the last line one JSON document."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from bench.machine import machine
from bench.stub.process import REPOSITORY

from .promise import FULL_LENGTH_SECONDS
from .report import as_json, as_text, rows
from .scenarios import SCENARIOS, UNDISTURBED, named
from .trial import Size, attempt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .scenarios import Scenario
    from .trial import Trial

SIZES = (600, 2_000)
LOGS = REPOSITORY / "build" / "storms"
AT_ONCE = 24
"""Trials that mostly wait. The others run alone, as their time is compared."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0, 1 if a promise is broken, or 2 for a scenario that does not exist."""
    options = _options(arguments)
    around = machine()
    try:
        scenarios = named([UNDISTURBED, *options.scenario] if options.scenario else [])
    except LookupError as unknown:
        _say(str(unknown.args[0]))
        return 2
    sizes = [Size.realistic(accounts, options.lambda_seconds) for accounts in options.accounts]
    options.logs.mkdir(parents=True, exist_ok=True)
    table = rows(_attempts(scenarios, sizes, options), options.lambda_seconds)
    sys.stdout.write(f"{as_text(table)}\n{as_json(table, options.lambda_seconds, around)}\n")
    return 1 if any(row.broken for row in table) else 0


def _attempts(scenarios: Iterable[Scenario], sizes: Iterable[Size], options: argparse.Namespace) -> Iterator[Trial]:
    """Try every scenario at every size: first those whose time counts, each alone, then the others at once."""
    pairs = [(scenario, size) for scenario in scenarios for size in sizes]

    def one(pair: tuple[Scenario, Size]) -> Trial:
        trial = attempt(*pair, options.logs)
        spent = "did not return" if trial.seconds is None else f"{trial.seconds:.1f} s"
        _say(f"{trial.scenario}, {trial.accounts:,} accounts: {spent}")
        return trial

    yield from map(one, (pair for pair in pairs if pair[0].is_timed))
    with ThreadPoolExecutor(options.at_once) as pool:
        yield from pool.map(one, (pair for pair in pairs if not pair[0].is_timed))


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = ", ".join(scenario.name for scenario in SCENARIOS)
    parser = argparse.ArgumentParser(prog="python -m bench.storms", description=main.__doc__)
    parser.add_argument("--accounts", type=_numbers, default=SIZES, metavar="N,N", help="sizes (default: 600,2000)")
    parser.add_argument("--scenario", type=_names, default=(), metavar="NAME,NAME", help=f"some of: {names}")
    parser.add_argument(
        "--lambda-seconds",
        type=float,
        default=FULL_LENGTH_SECONDS,
        metavar="N",
        help="how long a run may take (default: 900, as the function has; a shorter one need not be complete)",
    )
    parser.add_argument("--at-once", type=int, default=AT_ONCE, metavar="N", help=f"trials (default: {AT_ONCE})")
    parser.add_argument("--logs", type=Path, default=LOGS, metavar="FOLDER", help="stderr of the runs")
    return parser.parse_args(arguments)


def _numbers(spelled: str) -> tuple[int, ...]:
    return tuple(int(number) for number in spelled.split(","))


def _names(spelled: str) -> tuple[str, ...]:
    return tuple(spelled.split(","))


if __name__ == "__main__":
    sys.exit(main())
