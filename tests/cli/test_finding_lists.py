"""The lists of findings, and the summary."""

from __future__ import annotations

import io
from datetime import date

from rich.console import Console

from regionproof.cli.report_view import rendered
from regionproof.domain.facts import AccountFacts, NotTried, RegionOptStatuses, TokenVersion
from regionproof.rules.sts_1 import RULE as STS_1
from regionproof.settings.shape import AuditSettings, Exemption, RegionsRule, Rules, Scope
from tests.support.builders import DENIED, an_account, regions, some_facts

from .runs import ORDERS, FakeRun

HONG_KONG = some_facts(opt_in=regions(ap_east_1="ENABLED"))
FINE = some_facts(TokenVersion(2))
NONE_APPROVED = AuditSettings(rules=Rules(regions_1=RegionsRule(approved=())))


def below_the_table(run: FakeRun, settings: AuditSettings | None = None, *requested: str) -> str:
    """Return what is under the table, every sentence on one line."""
    text = rendered(run.report(settings, *requested), Console(file=io.StringIO(), width=2000))
    return text.split("\n\n", 1)[1]


def test_an_open_finding_is_told_with_its_sentence_its_risk_and_its_remedy() -> None:
    """The names of the errors are in it, so a search for one finds the remedy."""
    text = below_the_table(FakeRun({ORDERS: HONG_KONG}))
    assert f"STS.1: 1 noncompliant. Wanted: {STS_1.title}." in text
    assert f"HIGH  {ORDERS} orders\n" in text
    assert "fail in the opt-in Regions it uses or is about to use: ap-east-1 (ENABLED)." in text
    assert f"Risk: {STS_1.risk}" in text
    assert f"Remedy: {STS_1.remediation}" in text
    assert "AuthFailure" in text


def test_findings_are_grouped_by_rule_the_worst_rule_first() -> None:
    """Each rule is there once, with its remedy once."""
    text = below_the_table(FakeRun({ORDERS: HONG_KONG, "333333333333": HONG_KONG}), NONE_APPROVED)
    assert text.count("STS.1: 2 noncompliant") == text.count("Regions.1: 2 noncompliant") == 1
    assert text.index("STS.1: 2") < text.index("Regions.1: 2")
    assert text.count(STS_1.remediation) == 1


def test_accounts_of_which_the_same_is_said_stand_together() -> None:
    """A thousand accounts with one fault need one sentence."""
    text = below_the_table(FakeRun({ORDERS: HONG_KONG, "333333333333": HONG_KONG}))
    assert text.count("Session tokens from the STS global endpoint are version 1") == 1
    assert text.index(ORDERS) < text.index("333333333333") < text.index("Session tokens")


def test_nothing_open_means_no_list() -> None:
    """Only the summary is left."""
    assert below_the_table(FakeRun({ORDERS: FINE})).startswith("Accounts ")


def test_an_exemption_is_told_with_its_owner_its_reason_and_its_end() -> None:
    """An exempt finding is not in the open ones, but it stays visible."""
    exemption = Exemption(
        account=ORDERS, rule="STS.1", owner="pay@example.com", reason="400 bytes", until=date(2099, 1, 2)
    )
    text = below_the_table(FakeRun({ORDERS: HONG_KONG}), AuditSettings(exemptions=(exemption,)))
    assert "until 2099-01-02 by pay@example.com: 400 bytes (Session tokens" in text
    assert "noncompliant. Wanted" not in text
    assert "STS.1 0; exempt 1\n" in text


def test_what_could_not_be_read_is_told_once_by_coverage() -> None:
    """The verdicts that hang on it are not reported again."""
    text = below_the_table(FakeRun({ORDERS: some_facts(DENIED, DENIED)}))
    assert "Coverage.1: 1 noncompliant" in text
    assert "sts:AssumeRole failed with AccessDenied: the member role is missing in the account" in text
    assert "Not decided" not in text


def test_a_verdict_that_no_coverage_finding_explains_is_told() -> None:
    """Else exit code 3 would are there without a reason."""
    no_time = NotTried("the run's time was up")
    text = below_the_table(FakeRun({ORDERS: AccountFacts({TokenVersion: no_time, RegionOptStatuses: no_time})}))
    assert "Undecided (data could not be read)" in text
    assert "The account was not tried in this run: the run's time was up." in text


def test_the_summary_counts_every_account_once() -> None:
    """Listed is the sum of in scope, not ACTIVE and out of scope."""
    run = FakeRun(
        {ORDERS: HONG_KONG, "333333333333": some_facts(DENIED, DENIED), "444444444444": FINE, "555555555555": FINE},
        (an_account("666666666666", state="SUSPENDED"), an_account("777777777777", state="CLOSED")),
    )
    text = below_the_table(run, AuditSettings(scope=Scope(exclude_accounts=("555555555555",))))
    assert "Accounts      7 listed: 4 in scope, 2 not ACTIVE, 1 out of scope\n" in text
    assert "Audited       3 audited, 1 not audited\n" in text
    assert "Noncompliant  Coverage.1 1, Regions.1 0, STS.1 1; exempt 0\n" in text
    assert "Run           organization o-exampleorg, from account 111111111111 in eu-central-1, 0.0 s\n" in text
    assert text.endswith(
        "Result        exit code 1: there are noncompliant findings (exempt ones do not count); "
        "1 of 4 accounts could not be audited\n"
    )


def test_the_summary_of_a_partial_run_says_so() -> None:
    """So that «1 audited» is not taken for the organization."""
    text = below_the_table(FakeRun({ORDERS: FINE, "333333333333": FINE}), None, ORDERS)
    assert "Audited       1 audited, 0 not audited; asked for 1 only\n" in text
