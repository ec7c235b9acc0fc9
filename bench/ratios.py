"""How many times our CPU an account costs the others, and how ours grows with the number of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .contests import AUDIT, CUSTODIAN, PER_CLIENTS, PER_SESSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .measurement import Row

OTHERS = (PER_SESSION, PER_CLIENTS, CUSTODIAN)
HEADLINE = 10_000
"""The size that the promise is about. The others are measured over fewer accounts: they would take most of an hour.
What they pay once weighs more that way, and the table names it where it is known."""


def ours_by_size(rows: Iterable[Row]) -> dict[int, Row]:
    """Return our audits, from the smallest to the largest."""
    return {row.accounts: row for row in sorted(rows, key=lambda row: row.accounts) if row.name == AUDIT}


def headline_size(rows: Iterable[Row]) -> int | None:
    """Return the size of our audit that counts: the nearest to ``HEADLINE``. None: ours was not measured."""
    return min(ours_by_size(rows), key=lambda accounts: abs(accounts - HEADLINE), default=None)


def ratios(rows: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """Return, for each of the others, its accounts, its CPU over ours at each of our sizes, and the headline."""
    rows = tuple(rows)
    headline = headline_size(rows)
    if headline is None:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for other in (row for row in rows if row.name in OTHERS):
        times = {size: _times(other, ours) for size, ours in ours_by_size(rows).items()}
        found[other.name] = {
            "accounts": other.accounts,
            "over_ours_at": {str(size): ratio for size, ratio in times.items()},
            "headline_at": headline,
            "headline": times[headline],
        }
    return found


def growth(rows: Iterable[Row]) -> dict[str, Any]:
    """Return our CPU an account at our largest size over that at our smallest; empty where there is one size only.

    ``cpu_without_imports`` leaves out what is paid once for any number of accounts. ``core`` is how much longer a
    fixed piece of work took on the core during the largest: above 1, the machine was slower then.
    """
    sizes = tuple(ours_by_size(rows).values())
    if len(sizes) <= 1:
        return {}
    small, large = sizes[0], sizes[-1]
    return {
        "from_accounts": small.accounts,
        "to_accounts": large.accounts,
        "cpu": _times(large, small),
        "cpu_without_imports": round(_run_only(large) / _run_only(small), 3),
        "core": round(large.reference_ms / small.reference_ms, 3),
    }


def import_ms(row: Row) -> float:
    """Return the part of an account's CPU that went into imports, in milliseconds."""
    return (row.import_cpu_seconds or 0.0) * 1000 / row.accounts


def _times(row: Row, ours: Row) -> float:
    return round(row.cpu_ms_per_account / ours.cpu_ms_per_account, 3)


def _run_only(row: Row) -> float:
    return row.cpu_ms_per_account - import_ms(row)
