"""The steps that a call of the function can be asked for, and how large a batch is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from regionproof.domain.accounts import Account
    from regionproof.domain.run import RunRequest

BATCHES_AT_ONCE = 4
"""How many batches are collected at once, at most. Each may use this share of the quotas that all share.

So a new account, which may run 10 functions at once, keeps more than half of them. Where central ListRegions sets
the pace (access: root), a full batch takes about 250 of the function's 900 seconds.
"""

LARGEST_BATCH = 250
"""Accounts in a batch, at most."""


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
    """Judge what the batches wrote, publish, and remember."""

    run_id: str


Step: TypeAlias = PlanStep | CollectStep | ConcludeStep


def in_batches(accounts: tuple[Account, ...]) -> tuple[tuple[Account, ...], ...]:
    """Return the accounts in batches of about the same size, as few as can be, but enough to run at once."""
    size = max(1, min(LARGEST_BATCH, -(-len(accounts) // BATCHES_AT_ONCE)))
    return tuple(accounts[start : start + size] for start in range(0, len(accounts), size))
