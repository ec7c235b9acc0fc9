"""The trials as a table for a person, and as one line of JSON for a program."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from .scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .trial import Trial

WIDTH = 160
HEADINGS = (
    "accounts",
    "seconds",
    "times",
    "audited",
    "not attempted",
    "not audited",
    "imported",
    "alert",
    "ledger",
    "throttled",
    "calls",
    "verdict",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One trial with its verdict. ``times`` is the time over the undisturbed one; ``broken`` what was not kept."""

    trial: Trial
    times: float | None
    broken: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        times = None if self.times is None else round(self.times, 2)
        verdict = "broken" if self.broken else "kept"
        return self.trial.to_json() | {"times_undisturbed": times, "verdict": verdict, "broken": self.broken}


def rows(trials: Iterable[Trial], lambda_seconds: float) -> tuple[Row, ...]:
    """Return the trials with their verdicts, by size, in the order of the scenarios."""
    found = {(trial.accounts, trial.scenario): trial for trial in trials}
    sizes = sorted({accounts for accounts, _ in found})
    by_row: list[Row] = []
    for accounts in sizes:
        for scenario in SCENARIOS:
            trial = found.get((accounts, scenario.name))
            if trial:
                times = _times(trial, found.get((accounts, scenario.undisturbed)))
                broken = scenario.promise_within(lambda_seconds).broken_by(trial, times, lambda_seconds)
                by_row.append(Row(trial, times, tuple(broken)))
    return tuple(by_row)


def _times(trial: Trial, undisturbed: Trial | None) -> float | None:
    if trial.seconds is None or undisturbed is None or not undisturbed.seconds:
        return None
    return trial.seconds / undisturbed.seconds


def as_text(table_rows: Iterable[Row]) -> str:
    """Return the table, and below it what was broken and how runs failed."""
    console = Console(width=WIDTH, file=StringIO(), record=True)
    table = Table(title="times: over the undisturbed time", title_justify="left")
    table.add_column("scenario", no_wrap=True)
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    sentences = []
    for row in table_rows:
        table.add_row(*_cells(row))
        name = f"{row.trial.scenario}, {row.trial.accounts:,} accounts"
        sentences += [f"{name}: broken: {clause}" for clause in row.broken]
        sentences += [f"{name}: the run failed: {row.trial.failure}"] if row.trial.failure else []
    console.print(table)
    for sentence in sentences:
        console.print(sentence, soft_wrap=True, markup=False)
    return console.export_text()


def as_json(table_rows: Iterable[Row], lambda_seconds: float, machine: dict[str, Any]) -> str:
    """Return one line of JSON."""
    document = {"rows": [row.to_json() for row in table_rows], "lambda_seconds": lambda_seconds, "machine": machine}
    return json.dumps(document)


def _cells(row: Row) -> tuple[str, ...]:
    trial = row.trial
    return (
        trial.scenario,
        f"{trial.accounts:,}",
        "none" if trial.seconds is None else f"{trial.seconds:.1f}",
        "" if row.times is None else f"{row.times:.1f}",
        *map(_number, (trial.audited, trial.not_attempted, trial.not_audited, trial.imported)),
        f"yes, {trial.alerts}" if trial.alerts > 1 else _yes(trial.alerts == 1),
        _yes(trial.ledger),
        *map(_number, (trial.throttled, trial.calls)),
        "broken" if row.broken else "kept",
    )


def _number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _yes(value: bool) -> str:  # noqa: FBT001  # it spells a truth value
    return "yes" if value else "no"
