"""The steps that a call of the function can request, and the size of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from regionproof.domain.accounts import Account
    from regionproof.domain.run import RunRequest

BATCHES_AT_ONCE = 4
"""The most batches to collect at once. Each batch gets an equal share of the AWS API quotas.

A new AWS account can run 10 functions at once, so more than half of them stay available. If the rate of central
ListRegions calls is the limit (access: root), a full batch takes about 250 of the function's 900 seconds.
"""

LARGEST_BATCH = 250
"""The most accounts in a batch."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """Discover the organization, and write the plan and the batches of a run."""

    run_id: str
    request: RunRequest


@dataclass(frozen=True, slots=True)
class CollectStep:
    """Read the accounts of one batch, and write their facts. Batches count from 0."""

    run_id: str
    batch: int


@dataclass(frozen=True, slots=True)
class ConcludeStep:
    """Judge the facts of all batches, publish, and update the ledger."""

    run_id: str


Step: TypeAlias = PlanStep | CollectStep | ConcludeStep


def in_batches(accounts: tuple[Account, ...]) -> tuple[tuple[Account, ...], ...]:
    """Split accounts into as few batches as possible, but at least ``BATCHES_AT_ONCE``, of nearly equal size."""
    size = max(1, min(LARGEST_BATCH, -(-len(accounts) // BATCHES_AT_ONCE)))
    return tuple(accounts[start : start + size] for start in range(0, len(accounts), size))
