"""Every contender finds out what the rule says, or there is no figure."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from .contests import AUDIT, CUSTODIAN, PER_CLIENTS, PER_SESSION
from .measurement import Contest, Cores, Row, WrongAnswer, measure
from .organization import Organization
from .report import Figures, as_table, ratios
from .stub.process import AT_ONCE, World, running
from .verdicts import Verdicts

SIZE = 16
"""Few, and yet every case of the rule is among them."""

ROW = Row(
    name=AUDIT,
    accounts=1000,
    wall_seconds=8.0,
    cpu_ms_per_account=3.0,
    import_cpu_seconds=0.3,
    peak_rss_mb=100.0,
    calls=3000,
    calls_per_second=375.0,
    most_calls_in_a_second={"AssumeRole": 300},
    throttled_calls=0,
    most_connections_open=400,
)


@pytest.mark.network
@pytest.mark.parametrize("contender", ["audit", "whole-run", "session-per-account", "clients-per-account"])
def test_every_contender_names_the_same_accounts(contender: str) -> None:
    """Equal to the rule, three calls an account, and no request with another account's session."""
    with running(World(SIZE, AT_ONCE)) as stub:
        row = measure(Contest(contender, contender, SIZE, threads=4), stub, Cores.of_this_machine().contender)
    assert row.most_calls_in_a_second["GetAccountSummary"] > 0
    assert row.calls >= 3 * SIZE - 1
    assert min(row.wall_seconds, row.cpu_ms_per_account, row.peak_rss_mb) > 0


@pytest.mark.network
def test_a_contender_that_misses_an_account_gets_no_figure() -> None:
    """The stub lists fewer accounts than the rule is about."""
    with running(World(SIZE - 1, AT_ONCE)) as stub, pytest.raises(WrongAnswer, match="1 differ"):
        measure(Contest("audit", "audit", SIZE), stub, Cores.of_this_machine().contender)


def test_verdicts_are_compared_as_sets() -> None:
    """One account too many, one too few, and a contender that does not look at Regions."""
    organization = Organization(SIZE)
    due = Verdicts(organization.with_version_1(), organization.with_unapproved_regions())
    assert due.faults(organization) == []
    assert Verdicts.from_json(due.to_json()) == due
    assert replace(due, unapproved_regions=None).faults(organization) == []
    assert len(replace(due, version_1=due.version_1 | {"1"}).faults(organization)) == 1
    assert len(Verdicts(frozenset(), frozenset()).faults(organization)) == 2


def test_the_rule_has_every_case_in_a_small_organization() -> None:
    """Accounts with and without version 1, with and without an unapproved Region, in all four combinations."""
    organization = Organization(SIZE)
    everyone = frozenset(map(str, organization.accounts))
    first, second = organization.with_version_1(), organization.with_unapproved_regions()
    assert all((first & second, first - second, second - first, everyone - first - second))


def test_others_are_compared_with_our_run_of_the_nearest_size() -> None:
    """And growth is our largest over our smallest, with the imports and without."""
    rows = [
        ROW,
        replace(ROW, accounts=50_000, cpu_ms_per_account=3.1),
        replace(ROW, name=PER_SESSION, accounts=200, cpu_ms_per_account=120.0),
        replace(ROW, name=CUSTODIAN, accounts=200, cpu_ms_per_account=240.0, import_cpu_seconds=None),
    ]
    assert ratios(rows) == {
        "growth": 1.033,
        "growth_without_imports": 1.146,
        "cpu_session_per_account_over_ours": 40.0,
        "cpu_c7n_org_over_ours": 80.0,
    }


def test_figures_are_one_line_of_json_and_a_table() -> None:
    """What a program reads holds each row; what a person reads names it."""
    figures = Figures((ROW, replace(ROW, name=PER_CLIENTS)), {"zip_bytes": 1}, {"cores": 2}, {"python": "3.11"})
    document = json.loads(figures.to_json())
    assert [row["name"] for row in document["rows"]] == [AUDIT, PER_CLIENTS]
    assert (document["deployed"], document["machine"]) == ({"zip_bytes": 1}, {"cores": 2})
    assert "\n" not in figures.to_json()
    table = as_table(figures)
    assert PER_CLIENTS in table
    assert "375" in table
