"""The figures as a table for a person, and as one line of JSON for a program."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from .contests import AUDIT, CUSTODIAN, PER_CLIENTS, PER_SESSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .measurement import Row

_RATIOS = {
    PER_SESSION: "cpu_session_per_account_over_ours",
    PER_CLIENTS: "cpu_clients_per_account_over_ours",
    CUSTODIAN: "cpu_c7n_org_over_ours",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """All that one benchmark measured."""

    rows: tuple[Row, ...]
    deployed: dict[str, Any]
    machine: dict[str, Any]
    versions: dict[str, str]

    def to_json(self) -> str:
        """Return one line of JSON."""
        document = {
            "rows": [row.to_json() for row in self.rows],
            "ratios": ratios(self.rows),
            "deployed": self.deployed,
            "machine": self.machine,
            "versions": self.versions,
        }
        return json.dumps(document)


def ratios(rows: Iterable[Row]) -> dict[str, float]:
    """Return how much more CPU an account costs the others, and how ours grows with the number of accounts.

    The others are compared with our audit of the size that is nearest to theirs. ``growth`` is our largest size
    over our smallest; ``growth_without_imports`` leaves out what is paid once for any number of accounts.
    """
    ours = sorted((row for row in rows if row.name == AUDIT), key=lambda row: row.accounts)
    found: dict[str, float] = {}
    for row in rows:
        if row.name in _RATIOS and ours:
            nearest = min(ours, key=lambda own: abs(own.accounts - row.accounts))
            found[_RATIOS[row.name]] = row.cpu_ms_per_account / nearest.cpu_ms_per_account
    if len(ours) > 1:
        found["growth"] = ours[-1].cpu_ms_per_account / ours[0].cpu_ms_per_account
        found["growth_without_imports"] = _run_only(ours[-1]) / _run_only(ours[0])
    return {name: round(ratio, 3) for name, ratio in found.items()}


def as_table(figures: Figures) -> str:
    """Return the figures as text."""
    console = Console(width=120, file=StringIO(), record=True)
    console.print(_rows(figures.rows))
    for name, ratio in ratios(figures.rows).items():
        console.print(f"{name.replace('_', ' ')}: {ratio:.2f}")
    for facts in (figures.deployed, figures.machine, figures.versions):
        console.print(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items()), soft_wrap=True)
    return console.export_text()


def _rows(rows: Iterable[Row]) -> Table:
    table = Table()
    table.add_column("")
    for heading in ("accounts", "wall s", "CPU ms an account", "of it imports", "peak MiB", "calls/s", "connections"):
        table.add_column(heading, justify="right")
    for row in rows:
        imports = "" if row.import_cpu_seconds is None else f"{_import_ms(row):.2f}"
        table.add_row(
            row.name,
            f"{row.accounts:,}",
            f"{row.wall_seconds:.1f}",
            f"{row.cpu_ms_per_account:.2f}",
            imports,
            f"{row.peak_rss_mb:.0f}",
            f"{row.calls_per_second:.0f}",
            f"{row.most_connections_open:,}",
        )
    return table


def _import_ms(row: Row) -> float:
    return (row.import_cpu_seconds or 0.0) * 1000 / row.accounts


def _run_only(row: Row) -> float:
    return row.cpu_ms_per_account - _import_ms(row)
