"""What AWS would charge for one run: an estimate, by what the benchmark counted and by list prices.

The prices are those of us-east-1 as published in November 2026, before free tiers. Nothing was measured on AWS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .measurement import Row

PRICES_OF = "us-east-1, 2026-11"
MIB_PER_GB = 1024


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for so many units."""

    usd: float
    units: float

    def of(self, quantity: float) -> float:
        """Return what a quantity costs."""
        return quantity * self.usd / self.units


PRICES = {
    "Lambda GB-s (arm64)": Price(0.0000133334, 1),
    "Lambda calls": Price(0.20, 1_000_000),
    "Step Functions transitions": Price(0.025, 1_000),
    "S3 writes": Price(0.005, 1_000),
    "S3 reads": Price(0.0004, 1_000),
    "SNS messages": Price(0.50, 1_000_000),
    "Security Hub CSPM findings": Price(0.00003, 1),
}
"""https://aws.amazon.com/lambda/pricing/, https://aws.amazon.com/step-functions/pricing/,
https://aws.amazon.com/s3/pricing/, https://aws.amazon.com/sns/pricing/,
https://aws.amazon.com/security-hub/cspm/pricing/ (10,000 findings an account, Region and month are free)"""

TRANSITIONS_PER_BATCH = 2
TRANSITIONS_BESIDE_BATCHES = 10
"""Of a standard workflow whose batches are their own executions, with nothing left for a second try."""

CALLS_BESIDE_BATCHES = 2


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run needs of each priced thing."""

    name: str
    accounts: int
    quantities: dict[str, float]

    @property
    def usd(self) -> float:
        """Return the sum in US dollars."""
        return sum(PRICES[thing].of(quantity) for thing, quantity in self.quantities.items())

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        quantities = {thing: round(quantity, 1) for thing, quantity in self.quantities.items()}
        return {
            "name": self.name,
            "accounts": self.accounts,
            "prices_of": PRICES_OF,
            "quantities": quantities,
            "usd": round(self.usd, 4),
        }


def costs(rows: Iterable[Row], memory_mib: int) -> list[Cost]:
    """Return the costs of the whole runs among the rows, for a function of so much memory."""
    return [cost_of(row, memory_mib) for row in rows if row.carried_out.get("PutObject")]


def cost_of(row: Row, memory_mib: int) -> Cost:
    """Return what a run needs. A run of more than one call of the function is one in steps."""
    batches = max(0, row.function_calls - CALLS_BESIDE_BATCHES)
    quantities = {
        "Lambda GB-s (arm64)": row.function_seconds * memory_mib / MIB_PER_GB,
        "Lambda calls": row.function_calls,
        "Step Functions transitions": TRANSITIONS_BESIDE_BATCHES + TRANSITIONS_PER_BATCH * batches if batches else 0,
        "S3 writes": row.carried_out.get("PutObject", 0),
        "S3 reads": row.carried_out.get("GetObject", 0),
        "SNS messages": row.carried_out.get("Publish", 0),
        "Security Hub CSPM findings": row.findings_imported,
    }
    return Cost(row.name, row.accounts, quantities)
