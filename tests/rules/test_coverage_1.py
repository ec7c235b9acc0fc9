"""Coverage.1: the account can be audited."""

from __future__ import annotations

import pytest

from regionproof.domain.access import Access
from regionproof.domain.facts import AccountFacts, NotTried, ReadFailure, RegionOptStatuses, TokenVersion
from regionproof.domain.findings import Compliance, Severity, Verdict
from regionproof.publishers.asff import DESCRIPTION_LENGTH
from regionproof.rules.coverage_1 import RULE
from regionproof.settings.shape import RegionsRule, Rules, StsRule
from tests.support.builders import DENIED, an_account, asked_centrally, regions, some_facts

from .example import Example

THROTTLED = ReadFailure("account:ListRegions", "TooManyRequestsException", "Rate exceeded")
DENIED_ROOT = ReadFailure(
    "iam:GetAccountSummary",
    "AccessDenied",
    "User: arn:aws:iam::222222222222:root is not authorized to perform: iam:GetAccountSummary on resource: * with an "
    "explicit deny in a service control policy: arn:aws:organizations::111111111111:policy/o-exampleorg/"
    "service_control_policy/p-example1. Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/"
    "authorization-details/0a1b2c for complete details, or call the GetRequestAuthorizationDetails API with the "
    "following authorization id: 0a1b2c",
)
TIME_WAS_UP = NotTried("the run's time was up")

CASES = {
    "everything read is compliant": Example(compliance=Compliance.COMPLIANT, mentions="Everything that the rules need"),
    "a denied role is medium, with the call, the code, the cause and the message": Example(
        facts=some_facts(DENIED, DENIED),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="sts:AssumeRole failed with AccessDenied: the member role is missing in the account",
    ),
    "an existing role gets a fix without a StackSet": Example(
        facts=some_facts(DENIED, DENIED),
        access=Access(role_exists=True),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions=(
            "make the role there, correct its name in the settings, or let its trust policy admit the audit's role"
        ),
    ),
    "a denied root session has the fix for root sessions": Example(
        facts=some_facts(DENIED_ROOT),
        access=Access(by_root=True),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="ExemptAssumeRoot (User: arn:aws:iam::THIS_ACCOUNT:root is not authorized",
    ),
    "one failed read is enough": Example(
        facts=some_facts(opt_in=THROTTLED),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="account:ListRegions failed with TooManyRequestsException: AWS throttled the call",
    ),
    "a failure counts more than a read that was not tried": Example(
        facts=AccountFacts({TokenVersion: THROTTLED, RegionOptStatuses: TIME_WAS_UP}),
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.MEDIUM,
        mentions="account:ListRegions failed",
    ),
    "an account that was not tried has no verdict": Example(
        facts=AccountFacts({TokenVersion: TIME_WAS_UP, RegionOptStatuses: TIME_WAS_UP}),
        compliance=Compliance.INSUFFICIENT_DATA,
        mentions="was not tried in this run: the run's time was up.",
    ),
    "only needed facts have to be read": Example(
        facts=AccountFacts({RegionOptStatuses: regions()}),
        needed=frozenset({RegionOptStatuses}),
        compliance=Compliance.COMPLIANT,
        mentions="Everything",
    ),
    "the rule does not apply if nothing needs to be read": Example(
        facts=AccountFacts(),
        needed=frozenset(),
        compliance=Compliance.NOT_APPLICABLE,
        mentions="No rule that applies here needs to read the account",
    ),
}


@pytest.mark.parametrize("example", CASES.values(), ids=CASES)
def test_each_case_gets_its_verdict(example: Example) -> None:
    """The table above is the specification of the rule."""
    example.check(RULE)


def test_a_failure_of_every_read_is_reported_once() -> None:
    """A missing role makes both reads fail, but its sentence is not repeated."""
    example = Example(facts=some_facts(DENIED, DENIED), compliance=Compliance.NON_COMPLIANT, mentions="")
    assert RULE.judge(example.rule_input).sentence.count("sts:AssumeRole failed") == 1


def test_two_different_failures_are_both_reported() -> None:
    """Each failed read has its own sentence."""
    example = Example(facts=some_facts(DENIED, THROTTLED), compliance=Compliance.NON_COMPLIANT, mentions="")
    sentence = RULE.judge(example.rule_input).sentence
    assert "sts:AssumeRole failed" in sentence
    assert "account:ListRegions failed" in sentence


DENIED_VALUES = {
    "Call": "sts:AssumeRole",
    "Code": "AccessDenied",
    "Denied": "caller",
    "DenyingPolicy": "unknown policy",
    "Message": "not authorized to perform: sts:AssumeRole",
}


@pytest.mark.parametrize(
    ("facts", "observed"),
    [
        (some_facts(DENIED, DENIED), DENIED_VALUES),
        (some_facts(DENIED, THROTTLED), DENIED_VALUES),
        (
            some_facts(opt_in=THROTTLED),
            {"Call": "account:ListRegions", "Code": "TooManyRequestsException", "Message": "Rate exceeded"},
        ),
        (AccountFacts({TokenVersion: TIME_WAS_UP, RegionOptStatuses: TIME_WAS_UP}), {}),
        (some_facts(), {}),
    ],
)
def test_the_first_failure_is_observed(facts: AccountFacts, observed: dict[str, str]) -> None:
    """Findings can be counted by call and code. A read that was not tried has neither."""
    example = Example(facts=facts, compliance=Compliance.NON_COMPLIANT, mentions="")
    assert RULE.judge(example.rule_input).observed == observed


@pytest.mark.parametrize("facts", [some_facts(), some_facts(DENIED, DENIED)])
def test_an_account_in_an_unknown_state_is_not_called_audited(facts: AccountFacts) -> None:
    """Even if everything was read, this version does not know the meaning of the state."""
    example = Example(facts=facts, account=an_account(state="FROZEN"), compliance=Compliance.NON_COMPLIANT, mentions="")
    verdict = RULE.judge(example.rule_input)
    assert (verdict.compliance, verdict.severity) == (Compliance.NON_COMPLIANT, Severity.MEDIUM)
    assert verdict.observed == {"Call": "organizations:ListAccounts", "State": "FROZEN"}


REGION_DENY = ReadFailure(
    "account:ListRegions",
    "AccessDeniedException",
    "User: arn:aws:sts::222222222222:assumed-role/RegionProofAudit/RegionProofAudit is not authorized to perform: "
    "account:ListRegions on resource: arn:aws:account::222222222222:account with an explicit deny in a service control "
    "policy: arn:aws:organizations::111111111111:policy/o-exampleorg/service_control_policy/p-example1",
)
AUDIT = "arn:aws:sts::111111111111:assumed-role/RegionProofAuditFunction/RegionProofAuditFunction"
NO_TRUSTED_ACCESS = ReadFailure(
    "account:ListRegions",
    "AccessDeniedException",
    f"User: {AUDIT} is not authorized to perform: account:ListRegions (Your organization must first enable trusted "
    "access with AWS Account Management.)",
)
NO_DELEGATION = ReadFailure(
    "account:ListRegions", "AccessDeniedException", f"User: {AUDIT} is not authorized to perform: account:ListRegions"
)


def verdict_on(facts: AccountFacts) -> Verdict:
    """Judge an ordinary account of which this was read."""
    return RULE.judge(Example(facts=facts, compliance=Compliance.COMPLIANT, mentions="").rule_input)


def test_an_account_that_was_read_centrally_is_audited_and_says_so() -> None:
    """With the denial in the account, its cause and its policy: a change of that policy would make it needless."""
    verdict = verdict_on(asked_centrally(REGION_DENY, regions()))
    assert verdict.compliance is Compliance.COMPLIANT
    assert "read, in part centrally: in the account, account:ListRegions failed with" in verdict.sentence
    assert "p-example1) denies account:ListRegions to role RegionProofAudit" in verdict.sentence
    assert verdict.observed["ReadCentrally"] == "account:ListRegions"
    assert verdict.observed["DenyingPolicy"] == "service control policy"


@pytest.mark.parametrize(
    ("failure", "fix"),
    [
        (NO_TRUSTED_ACCESS, "enable-aws-service-access --service-principal account.amazonaws.com"),
        (NO_DELEGATION, "--account-id 111111111111 --service-principal account.amazonaws.com"),
        (THROTTLED, "AWS throttled the call longer than the retries last"),
    ],
)
def test_if_the_account_and_the_central_answer_fail_both_causes_are_named(failure: ReadFailure, fix: str) -> None:
    """Each with its fix, and both fit what Security Hub takes."""
    verdict = verdict_on(asked_centrally(REGION_DENY, failure))
    assert (verdict.compliance, verdict.severity) == (Compliance.NON_COMPLIANT, Severity.MEDIUM)
    inside, _, centrally = verdict.sentence.partition(" Asked centrally, ")
    assert "p-example1) denies account:ListRegions to role RegionProofAudit: exempt" in inside
    assert f"account:ListRegions failed with {failure.code}" in centrally
    assert fix in centrally
    assert len(verdict.sentence.encode()) < DESCRIPTION_LENGTH
    assert verdict.observed["Message"] == REGION_DENY.message
    assert verdict.observed["CentralCode"] == failure.code
    assert verdict.observed["CentralMessage"] == failure.message


def test_a_denied_account_without_time_to_ask_centrally_was_not_tried() -> None:
    """It is no more compliant than any that was not tried, and the denial is named."""
    verdict = verdict_on(asked_centrally(REGION_DENY, TIME_WAS_UP))
    assert verdict.compliance is Compliance.INSUFFICIENT_DATA
    assert "the run's time was up. Before that, account:ListRegions failed with" in verdict.sentence


def test_a_failure_without_a_message_has_no_empty_parentheses() -> None:
    """Some network errors have an empty message."""
    failure = ReadFailure("iam:GetAccountSummary", "ReadTimeoutError", "")
    example = Example(facts=some_facts(failure), compliance=Compliance.NON_COMPLIANT, mentions="")
    assert "()" not in RULE.judge(example.rule_input).sentence


def test_the_rule_cannot_be_disabled() -> None:
    """Accounts that could not be read are always reported."""
    off = Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(enabled=False))
    assert RULE.enabled(off)
    assert RULE.applies(off, "aws-cn")


def test_the_parts_and_the_message_of_a_denial_are_observed() -> None:
    """The link to the console and the id of the request are in the observed values, not in the sentence."""
    example = Example(
        facts=some_facts(DENIED_ROOT), access=Access(by_root=True), compliance=Compliance.NON_COMPLIANT, mentions=""
    )
    verdict = RULE.judge(example.rule_input)
    assert verdict.observed == {
        "Call": "iam:GetAccountSummary",
        "Code": "AccessDenied",
        "Message": DENIED_ROOT.message,
        "Denied": "root session",
        "DeniedPrincipal": "arn:aws:iam::222222222222:root",
        "DenyingPolicy": "service control policy",
        "PolicyArn": "arn:aws:organizations::111111111111:policy/o-exampleorg/service_control_policy/p-example1",
        "AuthorizationId": "0a1b2c",
    }
    assert verdict.observed["PolicyArn"] in verdict.sentence
    for left_out in ("0a1b2c", "https://", "222222222222"):
        assert left_out not in verdict.sentence


def test_other_failures_have_no_policy_among_the_observed_values() -> None:
    """No policy denied a throttled call."""
    example = Example(facts=some_facts(opt_in=THROTTLED), compliance=Compliance.NON_COMPLIANT, mentions="")
    assert RULE.judge(example.rule_input).observed == {
        "Call": "account:ListRegions",
        "Code": "TooManyRequestsException",
        "Message": "Rate exceeded",
    }


def test_the_remediation_does_not_assume_a_stack_set() -> None:
    """It is the same in every organization, and not all of them use one."""
    assert "StackSet" not in RULE.remediation
