"""`python -m bench`: measure, print the tables, and as the last line one JSON document. It needs Linux."""

from __future__ import annotations

import argparse
import sys
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from .contests import SIZES, baselines, circumstances, ours
from .core_share import MIB_OF_ONE_CORE, NoShare, held_to, share_of_a_core
from .costs import costs
from .courtesy import above_a_quota, courtesies
from .deployed import deployed
from .machine import machine, versions, warning
from .measurement import Cores, WrongAnswer, in_the_middle, measure
from .report import Figures, as_text
from .stub.process import running

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .measurement import Contest, Row


MEMORY_OF_A_FUNCTION = range(256, 10_241)
"""MiB, as the settings take them."""


def main() -> int:
    """Return 0, 2 where the machine gives no such part of a core, or 1.

    1 says that a contender found something else than the rule says, or that a call was throttled.
    """
    options = _options()
    around = machine()
    _say(warning(around))
    try:
        with _cores(options.memory_mib) as cores:
            contests = (*ours(options.accounts), *circumstances(), *baselines(with_peers=options.peers))
            rows = _together(_rows(contests, cores))
            courteous = tuple(courtesies(replace(cores, members=None)))
    except WrongAnswer as wrong:
        _say(f"no figures: {wrong}")
        return 1
    except NoShare as none:
        _say(str(none))
        return 2
    share = {"part_of_a_core": round(share_of_a_core(options.memory_mib), 2)} if options.memory_mib else {}
    charged = tuple(costs(rows, options.memory_mib or MIB_OF_ONE_CORE))
    figures = Figures(rows, courteous, deployed(), around | share, versions(), charged)
    sys.stdout.write(f"{as_text(figures)}\n{figures.to_json()}\n")
    _say(*(problems := above_a_quota(courteous)))
    return 1 if problems else 0


@contextmanager
def _cores(memory_mib: int | None) -> Iterator[Cores]:
    """Yield where to run; with ``memory_mib`` what is measured gets the computing time of such a function."""
    cores = Cores.of_this_machine()
    if memory_mib is None:
        yield cores
        return
    with held_to(share_of_a_core(memory_mib)) as members:
        yield replace(cores, members=members)


def _rows(contests: Iterable[Contest], cores: Cores) -> Iterator[Row]:
    """Measure one after the other, with one stub for those in a row that need the same."""
    for world, of_one_world in groupby(contests, key=lambda contest: contest.world(cores.stub)):
        with running(world) as stub:
            for contest in of_one_world:
                row = measure(contest, stub, cores)
                said = f"{row.wall_seconds:.1f} s, {row.cpu_ms_per_account:.2f} ms CPU an account"
                _say(f"{row.name}, {row.accounts:,} accounts: {said}")
                yield row


def _together(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return one row for all runs of the same contest, in the order of the first ones."""
    by_contest: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        by_contest.setdefault((row.name, row.accounts), []).append(row)
    return tuple(map(in_the_middle, by_contest.values()))


def _say(*lines: str) -> None:
    """Write to stderr what is there to say."""
    sys.stderr.writelines(f"{line}\n" for line in lines if line)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=main.__doc__)
    parser.add_argument(
        "--accounts",
        type=lambda said: tuple(int(number) for number in said.split(",")),
        default=SIZES,
        metavar="N,N",
        help="the sizes of the organization (default: 1000,10000,50000)",
    )
    parser.add_argument(
        "--memory-mib",
        type=mebibytes,
        metavar="N",
        help="give what is measured the computing time that Lambda gives a function of N MiB (default: a whole core)",
    )
    parser.add_argument("--peers", action="store_true", help="measure c7n-org too; `make bench-peers` installs it")
    return parser.parse_args()


def mebibytes(said: str) -> int:
    """Return the memory of a function. Raises ``ArgumentTypeError`` if Lambda has none of this size."""
    memory_mib = int(said)
    if memory_mib not in MEMORY_OF_A_FUNCTION:
        least, most = MEMORY_OF_A_FUNCTION[0], MEMORY_OF_A_FUNCTION[-1]
        raise argparse.ArgumentTypeError(f"{memory_mib} is not from {least} to {most}")
    return memory_mib


if __name__ == "__main__":
    sys.exit(main())
