"""The estimate of what AWS charges names what a run used, at the prices of its table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.contests import IN_STEPS
from bench.costs import PRICES, Price, cost_of, costs

from .test_bench import ROW

PUBLISHED = replace(
    ROW, function_seconds=14.0, carried_out={"PutObject": 2, "GetObject": 1, "Publish": 1}, findings_imported=3_000
)


def test_a_price_is_for_a_number_of_units() -> None:
    """As the price lists have it."""
    assert Price(0.20, 1_000_000).of(500_000) == pytest.approx(0.1)


def test_a_run_in_one_call_needs_no_state_machine() -> None:
    """Its memory counts for as long as the call takes."""
    cost = cost_of(PUBLISHED, 512)
    assert cost.quantities["Lambda GB-s (arm64)"] == 7
    assert cost.quantities["Step Functions transitions"] == 0
    assert cost.usd == pytest.approx(sum(PRICES[thing].of(quantity) for thing, quantity in cost.quantities.items()))
    assert cost.usd == pytest.approx(3_000 * 0.00003, rel=0.01)


def test_a_run_in_steps_pays_for_each_batch() -> None:
    """Beside the plan and the conclusion."""
    cost = cost_of(replace(PUBLISHED, name=IN_STEPS, function_calls=202), 1024)
    assert cost.quantities["Lambda calls"] == 202
    assert cost.quantities["Step Functions transitions"] == 10 + 2 * 200


def test_only_runs_that_publish_have_a_cost() -> None:
    """An audit in a terminal runs on no function of AWS."""
    assert costs([ROW], 512) == []
    document = costs([ROW, PUBLISHED], 512)[0].to_json()
    assert document["quantities"]["Security Hub CSPM findings"] == 3_000
