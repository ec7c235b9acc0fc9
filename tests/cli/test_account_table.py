"""The table of accounts."""

from __future__ import annotations

import io
import unicodedata
from datetime import date

import pytest
from rich.cells import cell_len
from rich.console import Console

from regionproof.cli import account_cells
from regionproof.cli.account_table import WIDE_FROM, account_rows
from regionproof.cli.report_view import rendered
from regionproof.domain.facts import AccountFacts, NotTried, RegionOptStatuses, TokenVersion
from regionproof.settings.shape import AuditSettings, Exemption, RegionsRule, Rules, Scope
from tests.support.builders import DENIED, ROOT, an_account, regions, some_facts

from .runs import ORDERS, FakeRun

HONG_KONG = some_facts(opt_in=regions(ap_east_1="ENABLED", me_south_1="ENABLING", af_south_1="DISABLED"))
FINE = some_facts(TokenVersion(2))
WIDTHS = (30, 40, 75, 79, 80, 81, 100, 160, 199, 200, 240, 400)


def shown(run: FakeRun, width: int, settings: AuditSettings | None = None, *requested: str) -> str:
    """Return the report as a console of this width shows it, without colours."""
    return rendered(run.report(settings, *requested), Console(file=io.StringIO(), width=width))


def row(run: FakeRun, account_id: str, settings: AuditSettings | None = None) -> str:
    """Return the one line of an account in a table that is wide enough for all."""
    lines = shown(run, 400, settings).splitlines()
    return next(" | ".join(line.split("  ")) for line in lines if line.startswith(account_id))


def cells(run: FakeRun, account_id: str, settings: AuditSettings | None = None) -> list[str]:
    """Return the cells of the first line of an account's row."""
    return [cell.strip() for cell in row(run, account_id, settings).split("|") if cell.strip()]


def test_a_row_names_the_account_what_was_read_and_every_verdict() -> None:
    """In the order of the columns; a disabled Region is not in use and not shown."""
    first = ["ap-east-1 ENABLED", "COMPLIANT", "NOT_APPLICABLE", "NON_COMPLIANT HIGH", "-"]
    found = cells(FakeRun({ORDERS: HONG_KONG}), ORDERS)
    assert found == [ORDERS, "orders", "Root/Workloads/Production", "ACTIVE", "1", *first]
    text = shown(FakeRun({ORDERS: HONG_KONG}), 400)
    assert "me-south-1 ENABLING" in text
    assert "af-south-1" not in text


def test_no_opt_in_region_in_use_is_said_in_words() -> None:
    """It differs from what was not read."""
    assert "none in use" in cells(FakeRun({ORDERS: FINE}), ORDERS)


def test_what_was_not_read_is_shown_as_such_with_call_and_code() -> None:
    """Never as empty, as 0 or as «none»."""
    assert cells(FakeRun({ORDERS: some_facts(DENIED, DENIED)}), ORDERS)[4:] == [
        *("not read", "not read", "NON_COMPLIANT MEDIUM", "NOT_APPLICABLE", "INSUFFICIENT_DATA"),
        "sts:AssumeRole AccessDenied",
    ]


def test_what_was_not_tried_is_shown_with_its_reason() -> None:
    """It is not read either."""
    no_time = NotTried("the run's time was up")
    facts = AccountFacts({TokenVersion: no_time, RegionOptStatuses: no_time})
    found = cells(FakeRun({ORDERS: facts}), ORDERS)
    assert found[4:6] == ["not read", "not read"]
    assert found[-1] == "the run's time was up"


def test_an_account_that_is_not_active_is_listed_and_not_judged() -> None:
    """With its state, and why it was not audited."""
    run = FakeRun({}, (an_account(ORDERS, state="SUSPENDED"),))
    assert cells(run, ORDERS)[3:] == [
        *("SUSPENDED", "not read", "not read", "not judged", "not judged", "not judged"),
        "only ACTIVE accounts are audited",
    ]


def test_an_account_out_of_scope_is_listed_and_not_judged() -> None:
    """With the reason."""
    settings = AuditSettings(scope=Scope(exclude_accounts=(ORDERS,)))
    assert cells(FakeRun({ORDERS: FINE}), ORDERS, settings)[-1] == "out of the scope of the settings"


def test_an_account_whose_place_the_tree_did_not_show_says_so() -> None:
    """Not an empty path."""
    assert cells(FakeRun({ORDERS: FINE}, (an_account(ORDERS, parents=()),)), ORDERS)[2] == "OU not known"


def test_an_exempt_account_says_until_when() -> None:
    """It is noncompliant all the same."""
    exemption = Exemption(account=ORDERS, rule="STS.1", owner="o", reason="r", until=date(2099, 12, 31))
    text = shown(FakeRun({ORDERS: HONG_KONG}), 80, AuditSettings(exemptions=(exemption,)))
    assert "STS.1 NON_COMPLIANT exempt\n" in text
    assert "until 2099-12-31" in text


def test_a_rule_that_is_not_enabled_has_no_column() -> None:
    """Only what was judged is shown."""
    settings = AuditSettings(rules=Rules(regions_1=RegionsRule(enabled=False)))
    assert "REGIONS.1" not in shown(FakeRun({ORDERS: FINE}), 200, settings)


def test_the_worst_account_comes_first_and_the_untouched_ones_last() -> None:
    """By severity, then not audited, then exempt, then compliant, then not looked at."""
    exemption = Exemption(account="500000000000", rule="STS.1", owner="o", reason="r", until=date(2099, 12, 31))
    run = FakeRun(
        {
            "900000000000": HONG_KONG,
            "800000000000": some_facts(DENIED, DENIED),
            "700000000000": some_facts(),
            "500000000000": some_facts(),
            "400000000000": FINE,
        },
        (an_account("100000000000", state="CLOSED"),),
    )
    found = [row.id[0] for row in account_rows(run.report(AuditSettings(exemptions=(exemption,))))]
    assert found == ["9", "8", "7", "5", "1", "4", "1"]


def test_a_run_that_was_asked_for_one_account_shows_this_one() -> None:
    """The others would bury it; the summary still counts them."""
    run = FakeRun({ORDERS: HONG_KONG, "333333333333": FINE})
    assert [row.id for row in account_rows(run.report(None, ORDERS))] == [ORDERS]
    assert "3 listed" in shown(run, 80, None, ORDERS)


def test_the_reason_why_an_account_was_not_looked_at_is_told_in_every_case() -> None:
    """Also where the run was not asked for it."""
    run = FakeRun({ORDERS: FINE, "333333333333": FINE})
    result = next(r for r in run.report(None, ORDERS).accounts if r.account.id == "333333333333")
    assert account_cells.not_read(account_cells.AccountRow(result, {})).plain == "this run was not asked for it"


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal_and_no_id_is_broken(width: int) -> None:
    """At every width, with long names, long paths and all that can are in a row."""
    unit = type(ROOT)("ou-ab12-33333333", "A-unit-whose-name-goes-on-and-on-and-on-without-a-space-until-its-end")
    run = FakeRun(
        {ORDERS: HONG_KONG, "333333333333": some_facts(DENIED, DENIED)},
        (an_account(ORDERS, "支付团体" * 12, parents=(ROOT, unit, unit)),),
    )
    text = shown(run, width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert all(line == line.rstrip() for line in text.splitlines())
    for whole in (ORDERS, "333333333333", "ap-east-1 ENABLED", "INSUFFICIENT_DATA", "not read"):
        assert whole in text


@pytest.mark.parametrize("width", [width for width in WIDTHS if width > 40])
def test_no_verdict_is_broken(width: int) -> None:
    """``NON_COMPLIANT HIGH`` is on one line, and so is the longest verdict of the longest rule."""
    run = FakeRun({ORDERS: HONG_KONG, "333333333333": some_facts(DENIED, DENIED)})
    text = shown(run, width, AuditSettings(rules=Rules(regions_1=RegionsRule(approved=()))))
    by_rule = ("Coverage.1 NON_COMPLIANT MEDIUM", "Regions.1 NON_COMPLIANT MEDIUM", "STS.1 NON_COMPLIANT HIGH")
    alone = ("NON_COMPLIANT MEDIUM", "NON_COMPLIANT HIGH", "INSUFFICIENT_DATA")
    for whole in by_rule if width < WIDE_FROM else alone:
        assert whole in text


@pytest.mark.parametrize("state", ["SUSPENDED", "PENDING_CLOSURE", "PENDING_ACTIVATION"])
def test_a_state_is_never_taken_for_a_row_of_its_own(state: str) -> None:
    """Only ids begin a line of the table."""
    lines = shown(FakeRun({}, (an_account(ORDERS, state=state),)), 80).split("\n\nAccounts")[0].splitlines()
    assert f"  {state}" in "\n".join(lines)
    assert {line.split()[0] for line in lines if line and line[0] != " "} == {"ACCOUNT", ORDERS, "111111111111"}


HOSTILE = (
    "[red]alarm[/red]",
    "[/]",
    "[link=https://example.com]x[/link]",
    ":warning: \\[b]",
    "line\nbreak\r\ttab",
    "\x1b[2J\x1b]0;title\x07\x9b31m",
    "\u202egnp.exe\u2066\u2028\u0085",
    "{task.description} %s {0}",
)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_hostile_name_is_shown_as_it_is_spelled(name: str, width: int) -> None:
    """In a name, in an OU, in a message; markup is not interpreted and control characters are replaced."""
    unit = type(ROOT)("ou-ab12-33333333", name)
    denied = type(DENIED)(DENIED.call, DENIED.code, name)
    run = FakeRun({ORDERS: some_facts(denied, denied)}, (an_account(ORDERS, name, parents=(unit,)),))
    text = shown(run, width)
    assert {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}} == {"\n"}
    spelled = "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} else c for c in name)
    joined = "".join(text.split())
    assert "".join(spelled.split()) in joined
