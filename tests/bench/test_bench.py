"""Every contender finds out what the rule says, or there is no figure."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from bench.contests import (
    AUDIT,
    CUSTODIAN,
    FIRST_RUN,
    IN_STEPS,
    NEXT_RUN,
    OVER_HTTP,
    PER_CLIENTS,
    PER_SESSION,
    WITHOUT_PATHS,
    ours,
)
from bench.core_speed import core_speed
from bench.costs import cost_of
from bench.courtesy import of_row
from bench.machine import warning
from bench.measurement import Contest, Cores, Row, WrongAnswer, in_the_middle, measure
from bench.organization import Organization
from bench.ratios import growth, ratios
from bench.report import Figures, as_text
from bench.stub.process import AT_ONCE, World, running
from bench.verdicts import Verdicts

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
    throttled={},
    most_connections_open=400,
    reference_ms=8.0,
)


@pytest.mark.network
@pytest.mark.parametrize(
    "contender", ["audit", "whole-run", "whole-run-in-steps", "session-per-account", "clients-per-account"]
)
def test_every_contender_names_the_same_accounts(contender: str) -> None:
    """Equal to the rule, three calls an account, and no request with another account's session."""
    with running(World(SIZE, AT_ONCE)) as stub:
        row = measure(Contest(contender, contender, SIZE, threads=4), stub, Cores.of_this_machine())
    assert row.most_calls_in_a_second["GetAccountSummary"] > 0
    assert row.calls >= 3 * SIZE - 1
    assert min(row.wall_seconds, row.cpu_ms_per_account, row.peak_rss_mb) > 0


@pytest.mark.network
def test_the_stub_is_what_a_contest_asks_for() -> None:
    """Over HTTP and without Paths, too; the verdicts are the same."""
    contest = Contest(OVER_HTTP, "audit", SIZE, tls=False, paths=False)
    with running(replace(contest.world(Cores.of_this_machine().stub), latency=AT_ONCE)) as stub:
        assert stub.url.startswith("http://")
        row = measure(contest, stub, Cores.of_this_machine())
    assert row.most_calls_in_a_second["ListAccountsForParent"] > 0


@pytest.mark.network
def test_a_run_in_steps_takes_a_call_for_each_step_and_batch() -> None:
    """Four batches, the plan and the conclusion; findings and objects are counted for the estimate of its cost."""
    with running(World(SIZE, AT_ONCE)) as stub:
        row = measure(Contest(IN_STEPS, "whole-run-in-steps", SIZE), stub, Cores.of_this_machine())
    assert row.function_calls == 6
    assert row.function_seconds > 0
    assert (row.findings_imported, row.carried_out["Publish"]) == (3 * SIZE, 1)


@pytest.mark.network
def test_a_contender_that_misses_an_account_gets_no_figure() -> None:
    """The stub lists fewer accounts than the rule is about."""
    with running(World(SIZE - 1, AT_ONCE)) as stub, pytest.raises(WrongAnswer, match="1 differ"):
        measure(Contest("audit", "audit", SIZE), stub, Cores.of_this_machine())


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


def test_the_smallest_audit_is_measured_again_after_each_size() -> None:
    """A machine that is slow for a while is slow for it too; a large one would take too long."""
    in_turn = [(contest.name, contest.accounts) for contest in ours([50_000, 1_000, 10_000, 1_000])]
    small, middle, large = ((AUDIT, accounts) for accounts in (1_000, 10_000, 50_000))
    assert [one for one in in_turn if one[0] == AUDIT] == [small, small, middle, small, large, small]
    once = (FIRST_RUN, NEXT_RUN, OVER_HTTP, WITHOUT_PATHS)
    assert [one for one in in_turn if one[0] != AUDIT] == [
        *((name, accounts) for accounts in (1_000, 10_000) for name in once),
        (IN_STEPS, 50_000),
    ]
    assert [contest.accounts for contest in ours([10_000]) if contest.name == AUDIT] == [10_000]


def test_a_fixed_piece_of_work_tells_how_fast_a_core_is() -> None:
    """Also for a block that ends at once; the thread of the block stays where it was."""
    cores = os.sched_getaffinity(0)
    with core_speed(Cores.of_this_machine().contender) as speed:
        pass
    assert speed.reference_ms > 0
    assert os.sched_getaffinity(0) == cores


def test_of_several_runs_the_one_in_the_middle_counts() -> None:
    """With all that it took, and the CPU of the others beside it."""
    rows = [
        replace(ROW, cpu_ms_per_account=cpu, wall_seconds=wall) for cpu, wall in ((9.0, 3.0), (3.0, 1.0), (4.0, 2.0))
    ]
    row = in_the_middle(rows)
    assert (row.cpu_ms_per_account, row.wall_seconds) == (4.0, 2.0)
    assert row.to_json()["cpu_ms_of_each_run"] == [3.0, 4.0, 9.0]
    assert in_the_middle(rows[:2]).cpu_ms_per_account == 9.0


def test_the_others_are_compared_with_each_of_our_sizes() -> None:
    """The headline is that of 10,000 accounts, whatever the order of the rows."""
    rows = [
        replace(ROW, name=CUSTODIAN, accounts=200, cpu_ms_per_account=240.0, import_cpu_seconds=None),
        replace(ROW, accounts=10_000, cpu_ms_per_account=2.5),
        ROW,
        replace(ROW, accounts=50_000, cpu_ms_per_account=3.2),
    ]
    over_ours = {"1000": 80.0, "10000": 96.0, "50000": 75.0}
    assert ratios(rows) == {
        CUSTODIAN: {"accounts": 200, "over_ours_at": over_ours, "headline_at": 10_000, "headline": 96.0}
    }


def test_without_10_000_accounts_the_nearest_size_is_the_headline() -> None:
    """Without any audit of ours there is nothing to compare with."""
    other = replace(ROW, name=PER_SESSION, accounts=200, cpu_ms_per_account=120.0)
    found = ratios([replace(ROW, accounts=100), ROW, other])
    assert (found[PER_SESSION]["headline_at"], found[PER_SESSION]["headline"]) == (1_000, 40.0)
    assert ratios([other]) == {}


def test_growth_is_our_largest_size_over_our_smallest() -> None:
    """With the imports and without; one size alone has none."""
    large = replace(ROW, accounts=50_000, cpu_ms_per_account=3.1, reference_ms=10.0)
    sizes = {"from_accounts": 1_000, "to_accounts": 50_000}
    expected = {**sizes, "cpu": 1.033, "cpu_without_imports": 1.146, "core": 1.25}
    assert growth([large, ROW]) == expected
    assert growth([ROW]) == {}


def test_figures_are_one_line_of_json_and_a_text() -> None:
    """What a program reads holds each row; what a person reads names it."""
    courtesy = of_row(replace(ROW, name="polite"))
    rows = (ROW, replace(ROW, name=PER_CLIENTS), replace(ROW, name=OVER_HTTP, cpu_ms_per_account=2.22))
    cost = cost_of(replace(ROW, name=FIRST_RUN, findings_imported=3_000), 512)
    figures = Figures(rows, (courtesy,), {"zip_bytes": 1}, {"cores": 2}, {"python": "3"}, (cost,))
    document = json.loads(figures.to_json())
    assert [row["name"] for row in document["rows"]] == [AUDIT, PER_CLIENTS, OVER_HTTP]
    assert (document["deployed"], document["machine"]) == ({"zip_bytes": 1}, {"cores": 2})
    assert document["courtesy"][0]["quotas"] == {"AssumeRole": [600.0, 600.0]}
    assert "\n" not in figures.to_json()
    text = as_text(figures)
    expected = (
        PER_CLIENTS,
        "375",
        "at 1,000 (headline)",
        "polite, 1,000 accounts: nothing",
        "2.22",
        "1,000: first run",
    )
    assert all(said in text for said in expected)
    assert OVER_HTTP not in text
    assert document["costs"][0]["prices_of"] == "us-east-1, 2026-11"


def test_a_busy_machine_is_told() -> None:
    """From a load average of 1 on."""
    assert warning({"load_average": 1.0}) == ""
    assert "1.5" in warning({"load_average": 1.5})
