"""The figures as text for a person, and as one line of JSON for a program."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from .contests import AUDIT, OVER_HTTP
from .costs import PRICES, PRICES_OF
from .ratios import growth, headline_size, import_ms, ours_by_size, ratios

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .costs import Cost
    from .courtesy import Courtesy
    from .measurement import Row

WIDTH = 150


@dataclass(frozen=True, slots=True)
class Figures:
    """All that one benchmark measured."""

    rows: tuple[Row, ...]
    courtesies: tuple[Courtesy, ...]
    deployed: dict[str, Any]
    machine: dict[str, Any]
    versions: dict[str, str]
    costs: tuple[Cost, ...] = ()

    def to_json(self) -> str:
        """Return one line of JSON."""
        document = {
            "rows": [row.to_json() for row in self.rows],
            "ratios": ratios(self.rows),
            "growth": growth(self.rows),
            "courtesy": [courtesy.to_json() for courtesy in self.courtesies],
            "deployed": self.deployed,
            "machine": self.machine,
            "versions": self.versions,
            "costs": [cost.to_json() for cost in self.costs],
        }
        return json.dumps(document)


def as_text(figures: Figures) -> str:
    """Return the figures as tables and sentences."""
    console = Console(width=WIDTH, file=StringIO(), record=True)
    console.print(_rows(figures.rows))
    if ratios(figures.rows):
        console.print(_ratios(figures.rows))
    if figures.costs:
        console.print(_costs(figures.costs))
    for line in _sentences(figures):
        console.print(line, soft_wrap=True)
    return console.export_text()


def _rows(rows: tuple[Row, ...]) -> Table:
    explained = (
        "over TLS; of several runs the one in the middle by CPU; core: a fixed piece of work on the same core meanwhile"
    )
    table = Table("", title=explained, title_justify="left")
    for heading in (
        "accounts",
        "runs",
        "wall s",
        "CPU ms an account",
        "over HTTP",
        "of it imports",
        "peak MiB",
        "calls/s",
        "core ms",
    ):
        table.add_column(heading, justify="right")
    over_http = {row.accounts: f"{row.cpu_ms_per_account:.2f}" for row in rows if row.name == OVER_HTTP}
    for row in (row for row in rows if row.name != OVER_HTTP):
        imports = "" if row.import_cpu_seconds is None else f"{import_ms(row):.2f}"
        table.add_row(
            row.name,
            f"{row.accounts:,}",
            str(len(row.cpu_ms_of_each_run)),
            f"{row.wall_seconds:.1f}",
            f"{row.cpu_ms_per_account:.2f}",
            over_http.get(row.accounts, "") if row.name == AUDIT else "",
            imports,
            f"{row.peak_rss_mb:.0f}",
            f"{row.calls_per_second:.0f}",
            f"{row.reference_ms:.1f}",
        )
    return table


def _costs(costs: tuple[Cost, ...]) -> Table:
    """Return a table with a line for each priced thing and a column for each whole run."""
    title = f"estimate of what AWS charges for one run, before free tiers ({PRICES_OF}); not measured on AWS"
    table = Table("", title=title, title_justify="left")
    table.add_column("USD", justify="right")
    for cost in costs:
        table.add_column(f"{cost.accounts:,}: {cost.name.rpartition(': ')[2]}", justify="right")
    for thing, price in PRICES.items():
        quantities = (f"{cost.quantities[thing]:,.0f}" for cost in costs)
        table.add_row(thing, f"{price.usd:.10f}".rstrip("0") + f" per {price.units:,.0f}", *quantities)
    table.add_row("USD for one run", "", *(f"{cost.usd:.4f}" for cost in costs))
    return table


def _ratios(rows: tuple[Row, ...]) -> Table:
    """Return a table with a line for each of the others and a column for each of our sizes."""
    sizes, headline = ours_by_size(rows), headline_size(rows)
    table = Table("CPU an account over ours", title_justify="left")
    table.add_column("accounts", justify="right")
    for size in sizes:
        table.add_column(f"at {size:,}{' (headline)' if size == headline else ''}", justify="right")
    for name, found in ratios(rows).items():
        cells = (f"{found['over_ours_at'][str(size)]:.1f}" for size in sizes)
        table.add_row(name, f"{found['accounts']:,}", *cells)
    return table


def _sentences(figures: Figures) -> Iterator[str]:
    if grown := growth(figures.rows):
        sizes = f"{grown['to_accounts']:,} over {grown['from_accounts']:,} accounts"
        yield (
            f"growth of CPU an account, {sizes}: {grown['cpu']:.2f}; imports aside {grown['cpu_without_imports']:.2f}; "
            f"of a fixed piece of work on the same core: {grown['core']:.2f}"
        )
    for courtesy in figures.courtesies:
        yield courtesy.sentence()
    for facts in (figures.deployed, figures.machine, figures.versions):
        yield ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
