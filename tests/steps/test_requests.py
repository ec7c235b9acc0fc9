"""The batches of a run."""

from __future__ import annotations

import json

import pytest

from regionproof.steps.requests import BATCHES_AT_ONCE, LARGEST_BATCH, in_batches
from tests.support.builders import an_account

LARGEST_STATE = 256 * 1024
"""The most bytes between two states: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


@pytest.mark.parametrize(
    ("accounts", "sizes"),
    [
        (0, []),
        (1, [1]),
        (3, [1, 1, 1]),
        (23, [6, 6, 6, 5]),
        (1000, [250, 250, 250, 250]),
        (1001, [250, 250, 250, 250, 1]),
    ],
)
def test_a_small_organization_is_spread_over_concurrent_batches_and_a_large_one_over_full_batches(
    accounts: int, sizes: list[int]
) -> None:
    """One large batch must not run alone while others could run at the same time."""
    planned = tuple(an_account(f"{number:012}") for number in range(accounts))
    batches = in_batches(planned)
    assert [len(batch) for batch in batches] == sizes
    assert tuple(account for batch in batches for account in batch) == planned


def test_the_batches_of_the_largest_organization_fit_between_two_states() -> None:
    """AWS allows 50,000 accounts. The state has only the number of each batch."""
    batches = -(-50_000 // LARGEST_BATCH)
    assert len(json.dumps(list(range(batches)))) < LARGEST_STATE / 100


def test_a_full_batch_at_the_rate_of_central_list_regions_has_time_to_spare() -> None:
    """Concurrent batches share four calls a second. A batch has 900 seconds, less 300 as a reserve."""
    assert LARGEST_BATCH / (4 / BATCHES_AT_ONCE) <= (900 - 300) / 2
