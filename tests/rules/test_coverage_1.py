"""Coverage.1: the account can be audited."""

from __future__ import annotations

import pytest

from regionproof.domain.facts import AccountFacts, NotTried, RegionOptStatuses, TokenVersion, Unread
from regionproof.domain.findings import Compliance, Severity
from regionproof.rules.coverage_1 import RULE
from regionproof.settings.shape import RegionsRule, Rules, StsRule
from tests.builders import DENIED, an_account, regions, some_facts

from .example import Example

THROTTLED = Unread("account:ListRegions", "TooManyRequestsException", "Rate exceeded")
TIME_WAS_UP = NotTried("the run's time was up")

CASES = {
    "everything read is compliant": Example(compliance=Compliance.COMPLIANT, says="Everything that the rules need"),
    "a closed way in is medium, with the call, the code, the cause and the message": Example(
        facts=some_facts(DENIED, DENIED),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="sts:AssumeRole failed with AccessDenied: the member role is missing in the account",
    ),
    "one failed read is enough": Example(
        facts=some_facts(opt_in=THROTTLED),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="account:ListRegions failed with TooManyRequestsException: AWS throttled the call",
    ),
    "a failure is told before a read that was not tried": Example(
        facts=AccountFacts({TokenVersion: THROTTLED, RegionOptStatuses: TIME_WAS_UP}),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        says="account:ListRegions failed",
    ),
    "an account that was not tried is no verdict": Example(
        facts=AccountFacts({TokenVersion: TIME_WAS_UP, RegionOptStatuses: TIME_WAS_UP}),
        compliance=Compliance.INSUFFICIENT_DATA,
        says="was not tried in this run: the run's time was up.",
    ),
    "only what is needed has to be read": Example(
        facts=AccountFacts({RegionOptStatuses: regions()}),
        needed=frozenset({RegionOptStatuses}),
        compliance=Compliance.COMPLIANT,
        says="Everything",
    ),
    "where nothing needs to be read the rule does not apply": Example(
        facts=AccountFacts(),
        needed=frozenset(),
        compliance=Compliance.NOT_APPLICABLE,
        says="No rule that applies here needs to read the account",
    ),
}


@pytest.mark.parametrize("example", CASES.values(), ids=CASES)
def test_each_case_gets_its_verdict(example: Example) -> None:
    """The table above is the promise of the rule."""
    example.hold_against(RULE)


def test_a_failure_that_closed_every_read_is_told_once() -> None:
    """A missing role leaves both facts unread; its sentence stands there once."""
    example = Example(facts=some_facts(DENIED, DENIED), compliance=Compliance.NON_COMPLIANT, says="")
    assert RULE.judge(example.case).sentence.count("sts:AssumeRole failed") == 1


def test_two_failures_are_both_told() -> None:
    """Each failed read has its own sentence."""
    example = Example(facts=some_facts(DENIED, THROTTLED), compliance=Compliance.NON_COMPLIANT, says="")
    sentence = RULE.judge(example.case).sentence
    assert "sts:AssumeRole failed" in sentence
    assert "account:ListRegions failed" in sentence


@pytest.mark.parametrize(
    ("facts", "observed"),
    [
        (some_facts(DENIED, DENIED), {"Call": "sts:AssumeRole", "Code": "AccessDenied"}),
        (some_facts(DENIED, THROTTLED), {"Call": "sts:AssumeRole", "Code": "AccessDenied"}),
        (some_facts(opt_in=THROTTLED), {"Call": "account:ListRegions", "Code": "TooManyRequestsException"}),
        (AccountFacts({TokenVersion: TIME_WAS_UP, RegionOptStatuses: TIME_WAS_UP}), {}),
        (some_facts(), {}),
    ],
)
def test_the_first_failure_stands_among_the_observed_values(facts: AccountFacts, observed: dict[str, str]) -> None:
    """So that findings can be counted by call and code; what was not tried has neither."""
    example = Example(facts=facts, compliance=Compliance.NON_COMPLIANT, says="")
    assert RULE.judge(example.case).observed == observed


@pytest.mark.parametrize("facts", [some_facts(), some_facts(DENIED, DENIED)])
def test_an_account_in_an_unknown_state_is_not_called_audited(facts: AccountFacts) -> None:
    """Whatever was read: this version does not know what the state means."""
    example = Example(facts=facts, account=an_account(state="FROZEN"), compliance=Compliance.NON_COMPLIANT, says="")
    verdict = RULE.judge(example.case)
    assert (verdict.compliance, verdict.severity) == (Compliance.NON_COMPLIANT, Severity.MEDIUM)
    assert verdict.observed == {"Call": "organizations:ListAccounts", "State": "FROZEN"}


def test_a_failure_without_a_message_leaves_no_empty_brackets() -> None:
    """Some errors of the network carry no text."""
    silent = Unread("iam:GetAccountSummary", "ReadTimeoutError", "")
    example = Example(facts=some_facts(silent), compliance=Compliance.NON_COMPLIANT, says="")
    assert "()" not in RULE.judge(example.case).sentence


def test_the_rule_can_not_be_switched_off() -> None:
    """What could not be read is always reported."""
    off = Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(enabled=False))
    assert RULE.enabled(off)
    assert RULE.applies(off, "aws-cn")
