"""The exit status is a function of the report alone."""

from __future__ import annotations

from datetime import date

import pytest

from regionproof.cli.exit_status import ExitStatus, exit_status, result_sentence
from regionproof.domain.facts import AccountFacts, NotTried, RegionOptStatuses, TokenVersion
from regionproof.domain.report import Identity
from regionproof.settings.shape import AuditSettings, Exemption, RegionsRule, Rules, Scope, StsRule
from tests.support.builders import DENIED, MANAGEMENT_ACCOUNT_ID, PRODUCTION, an_account, some_facts

from .runs import ORDERS, FakeRun

PAYMENTS = "333333333333"
FINE = some_facts(TokenVersion(2))
AT_RISK = some_facts(TokenVersion(1))
UNREAD = some_facts(DENIED, DENIED)
NO_TIME = NotTried("the run's time was up")
NOT_TRIED = AccountFacts({TokenVersion: NO_TIME, RegionOptStatuses: NO_TIME})


def exempting(rule: str) -> AuditSettings:
    """Return settings that exempt the account ORDERS from a rule."""
    exemption = Exemption(account=ORDERS, rule=rule, owner="o", reason="r", until=date(2099, 12, 31))  # type: ignore[arg-type]  # a literal
    return AuditSettings(exemptions=(exemption,))


@pytest.mark.parametrize(
    ("facts", "settings", "expected"),
    [
        pytest.param({ORDERS: FINE}, AuditSettings(), 0, id="all compliant and all audited"),
        pytest.param({ORDERS: AT_RISK}, AuditSettings(), 1, id="one noncompliant"),
        pytest.param({ORDERS: AT_RISK, PAYMENTS: UNREAD}, AuditSettings(), 1, id="noncompliant wins over not audited"),
        pytest.param(
            {ORDERS: some_facts(TokenVersion(1), DENIED)}, AuditSettings(), 1, id="noncompliant and half read"
        ),
        pytest.param({ORDERS: UNREAD}, AuditSettings(), 3, id="Coverage.1 alone"),
        pytest.param({ORDERS: some_facts(TokenVersion(2), DENIED)}, AuditSettings(), 3, id="compliant but half read"),
        pytest.param({ORDERS: NOT_TRIED}, AuditSettings(), 3, id="not tried"),
        pytest.param({ORDERS: AT_RISK}, exempting("STS.1"), 0, id="noncompliant but exempt"),
        pytest.param({ORDERS: UNREAD}, exempting("Coverage.1"), 3, id="an exemption does not make it audited"),
        pytest.param({ORDERS: UNREAD}, exempting("STS.1"), 3, id="an exemption of another rule"),
        pytest.param(
            {ORDERS: AT_RISK}, AuditSettings(rules=Rules(sts_1=StsRule(require="when-opt-in"))), 0, id="fine by request"
        ),
        pytest.param({ORDERS: UNREAD}, AuditSettings(scope=Scope(exclude_accounts=(ORDERS,))), 0, id="out of scope"),
    ],
)
def test_an_audit_ends_with(facts: dict[str, AccountFacts], settings: AuditSettings, expected: int) -> None:
    """The four codes of the contract, and how they combine."""
    assert exit_status(FakeRun(facts).report(settings)) == expected


EXEMPT_UNREAD = exempting("Coverage.1")
ENDS = "there are noncompliant findings (exempt ones do not count)"


@pytest.mark.parametrize(
    ("facts", "settings", "asked", "said"),
    [
        ({ORDERS: FINE}, None, (), "every ACTIVE account in scope was audited, and no finding is noncompliant"),
        ({ORDERS: FINE}, None, (ORDERS,), "every ACTIVE account asked for was audited, and no finding is noncompliant"),
        (
            {ORDERS: AT_RISK},
            exempting("STS.1"),
            (),
            "every ACTIVE account in scope was audited, and no finding is open (1 exempt)",
        ),
        ({ORDERS: AT_RISK}, None, (), ENDS),
        ({ORDERS: AT_RISK, PAYMENTS: UNREAD}, None, (), f"{ENDS}; 1 of 3 accounts could not be audited"),
        ({ORDERS: UNREAD}, None, (), "1 of 2 accounts could not be audited; only Coverage.1 findings are open"),
        ({ORDERS: UNREAD}, None, (ORDERS,), "1 of 1 account could not be audited; only Coverage.1 findings are open"),
        (
            {ORDERS: UNREAD, PAYMENTS: UNREAD},
            None,
            (ORDERS, PAYMENTS),
            "2 of 2 accounts could not be audited; only Coverage.1 findings are open",
        ),
        ({ORDERS: UNREAD}, EXEMPT_UNREAD, (), "1 of 2 accounts could not be audited; no finding is open (1 exempt)"),
        ({ORDERS: NOT_TRIED}, None, (), "1 of 2 accounts could not be audited; no finding is noncompliant"),
    ],
)
def test_the_last_sentence_agrees_with_the_counts_above_it(
    facts: dict[str, AccountFacts], settings: AuditSettings | None, asked: tuple[str, ...], said: str
) -> None:
    """Coverage alone, exempt, partial, nothing read: no count contradicts it."""
    assert result_sentence(FakeRun(facts).report(settings, *asked)) == said


def test_the_last_sentence_counts_accounts_that_were_asked_for_in_vain() -> None:
    """Beside «1 audited, 0 not audited» it must not say that an account could not be audited."""
    run = FakeRun({PAYMENTS: FINE}, (an_account(ORDERS, state="SUSPENDED"),))
    in_vain = "left out: 1 account asked for (not ACTIVE or out of scope); no finding is noncompliant"
    assert result_sentence(run.report(None, PAYMENTS, ORDERS)) == in_vain
    assert result_sentence(run.report(None, ORDERS)) == f"no account was audited; {in_vain}"


def test_the_last_sentence_counts_verdicts_that_could_not_be_decided() -> None:
    """Every account was audited, and the exit code is 3 all the same."""
    lost = FakeRun({ORDERS: FINE}, (an_account(ORDERS, parents=()),))
    by_unit = AuditSettings(rules=Rules(regions_1=RegionsRule(organizational_units={PRODUCTION.id: ("ap-east-1",)})))
    assert result_sentence(lost.report(by_unit)) == "1 verdict could not be decided; no finding is noncompliant"


def test_a_verdict_that_could_not_be_decided_is_incomplete() -> None:
    """Everything of the account was read, but the tree did not show which list of Regions applies to it."""
    lost = FakeRun({ORDERS: FINE}, (an_account(ORDERS, parents=()),))
    by_unit = AuditSettings(rules=Rules(regions_1=RegionsRule(organizational_units={PRODUCTION.id: ("ap-east-1",)})))
    assert exit_status(lost.report(by_unit)) is ExitStatus.INCOMPLETE


def test_an_account_that_was_asked_for_must_have_been_audited() -> None:
    """A suspended account is not a failure of a whole run, but it is one when it was asked for."""
    run = FakeRun({PAYMENTS: FINE}, (an_account(ORDERS, state="SUSPENDED"),))
    assert exit_status(run.report()) is ExitStatus.COMPLIANT
    assert exit_status(run.report(None, PAYMENTS)) is ExitStatus.COMPLIANT
    assert exit_status(run.report(None, PAYMENTS, ORDERS)) is ExitStatus.INCOMPLETE


def test_rules_that_do_not_apply_in_a_partition_are_no_failure() -> None:
    """China has no global STS endpoint: nothing needs to be read there."""
    run = FakeRun({ORDERS: AccountFacts()}, identity=Identity(MANAGEMENT_ACCOUNT_ID, "aws-cn", "cn-north-1"))
    assert exit_status(run.report()) is ExitStatus.COMPLIANT


def test_no_two_statuses_share_a_code() -> None:
    """A pipeline can tell them apart; a defect is none of 0 to 3."""
    assert [status.value for status in ExitStatus] == [0, 1, 2, 3, 70, 130]
