"""Judge: one finding for every account and rule, exemptions, and what is known of the other accounts."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from regionproof.domain.facts import TokenVersion
from regionproof.domain.findings import Compliance, Severity
from regionproof.judging import Circumstances, judge
from regionproof.rules import all_rules
from regionproof.settings.shape import AuditSettings, Exemption, MemberRole, RegionsRule, Rules, StsRule
from tests.builders import DENIED, NOW, ORGANIZATION_ID, an_account, regions, some_facts

if TYPE_CHECKING:
    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import AccountFacts
    from regionproof.domain.findings import Finding

A, B = an_account("111111111111"), an_account("222222222222")
AT_RISK = some_facts(opt_in=regions(ap_east_1="ENABLED"))
FINE = some_facts(TokenVersion(2))


ORDINARY = Circumstances(
    organization_id=ORGANIZATION_ID,
    partition="aws",
    settings=AuditSettings(),
    is_partial=False,
    opt_in_in_use_before=None,
    now=NOW,
)


def _judge(
    facts: dict[Account, AccountFacts], settings: AuditSettings | None = None, **differs: Any
) -> dict[tuple[str, str], Finding]:
    circumstances = dataclasses.replace(ORDINARY, settings=settings or AuditSettings(), **differs)
    findings = judge(facts, circumstances)
    by_place = {(finding.account.id, finding.rule): finding for finding in findings}
    assert len(by_place) == len(findings)
    return by_place


def _exemption(until: date, rule: str = "STS.1", account: Account = A) -> AuditSettings:
    exemption = Exemption(account=account.id, rule=rule, owner="payments", reason="a device", until=until)  # type: ignore[arg-type]  # any rule
    return AuditSettings(exemptions=(exemption,))


def test_every_account_gets_one_finding_of_every_enabled_rule_in_order() -> None:
    """By account and rule, whatever the order of reading."""
    rules = [rule.id for rule in all_rules()]
    assert list(_judge({B: FINE, A: AT_RISK})) == [(account.id, rule) for account in (A, B) for rule in rules]


def test_a_rule_that_is_switched_off_gives_no_finding() -> None:
    """Coverage.1 always does."""
    off = AuditSettings(rules=Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(enabled=False)))
    found = _judge({A: AT_RISK}, off)
    assert [rule for _account, rule in found] == ["Coverage.1"]
    assert found[A.id, "Coverage.1"].verdict.compliance is Compliance.NOT_APPLICABLE


def test_a_finding_carries_the_words_of_its_rule_and_the_time_of_the_run() -> None:
    """Title, risk, remediation and reference; first and last seen."""
    finding = _judge({A: AT_RISK})[A.id, "STS.1"]
    rule = next(rule for rule in all_rules() if rule.id == "STS.1")
    words = (finding.title, finding.risk, finding.remediation, finding.reference)
    assert words == (rule.title, rule.risk, rule.remediation, rule.reference)
    assert (finding.first_seen, finding.last_seen) == (NOW, NOW)
    assert finding.id == f"regionproof/{ORGANIZATION_ID}/{A.id}/STS.1"


@pytest.mark.parametrize(
    ("other", "severity"),
    [
        (AT_RISK, Severity.MEDIUM),
        (some_facts(TokenVersion(2), regions(ap_east_1="ENABLING")), Severity.MEDIUM),
        (some_facts(DENIED, regions(ap_east_1="DISABLING")), Severity.MEDIUM),
        (some_facts(TokenVersion(2), regions(ap_east_1="DISABLED")), Severity.LOW),
        (some_facts(DENIED, DENIED), Severity.MEDIUM),
    ],
)
def test_opt_in_regions_of_other_accounts_raise_the_severity(other: AccountFacts, severity: Severity) -> None:
    """Whatever the token version there; unread Regions are not taken for Regions in use."""
    found = _judge({A: some_facts(), B: other})
    assert found[A.id, "STS.1"].verdict.severity is severity


def test_a_partial_run_does_not_claim_to_know_the_other_accounts() -> None:
    """Where it did see one, it says so."""
    alone = _judge({A: some_facts()}, is_partial=True)[A.id, "STS.1"].verdict
    assert alone.severity is Severity.MEDIUM
    assert "not every other account was read" in alone.sentence
    together = _judge({A: some_facts(), B: AT_RISK}, is_partial=True)[A.id, "STS.1"].verdict
    assert "other accounts of the organization do" in together.sentence


@pytest.mark.parametrize(
    ("facts", "is_partial"),
    [({A: some_facts()}, True), ({A: some_facts(), B: some_facts(TokenVersion(2), DENIED)}, False)],
    ids=["a partial run", "a gap"],
)
@pytest.mark.parametrize(
    ("before", "severity"), [(True, Severity.MEDIUM), (False, Severity.LOW), (None, Severity.MEDIUM)]
)
def test_accounts_that_were_not_read_are_as_the_last_runs_saw_them(
    facts: dict[Account, AccountFacts],
    is_partial: bool,  # noqa: FBT001
    before: bool | None,  # noqa: FBT001
    severity: Severity,
) -> None:
    """Where no run ever looked, the worse is assumed, and the sentence says so."""
    verdict = _judge(facts, is_partial=is_partial, opt_in_in_use_before=before)[A.id, "STS.1"].verdict
    assert verdict.severity is severity
    assert ("not every other account was read" in verdict.sentence) is (before is None)


@pytest.mark.parametrize("before", [True, False, None])
def test_what_this_run_read_weighs_more_than_what_the_last_one_saw(before: bool | None) -> None:  # noqa: FBT001
    """Regions in use are in use, and a full run without any says so."""
    seen = _judge({A: some_facts(), B: AT_RISK}, opt_in_in_use_before=before)[A.id, "STS.1"].verdict
    not_seen = _judge({A: some_facts(), B: FINE}, opt_in_in_use_before=before)[A.id, "STS.1"].verdict
    assert (seen.severity, not_seen.severity) == (Severity.MEDIUM, Severity.LOW)


def test_only_what_the_partition_has_is_judged() -> None:
    """Where STS.1 does not apply, nothing is needed, and an unread fact is no gap."""
    found = _judge({A: FINE}, partition="aws-cn")
    assert {finding.verdict.compliance for finding in found.values()} == {Compliance.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("until", "holds"), [(date(2026, 11, 20), False), (date(2026, 11, 21), True), (date(2027, 3, 31), True)]
)
def test_an_exemption_holds_through_its_last_day(until: date, holds: bool) -> None:  # noqa: FBT001
    """The day is that of the run, in UTC; the day after, the finding is open again."""
    finding = _judge({A: AT_RISK}, _exemption(until))[A.id, "STS.1"]
    assert (finding.exemption is not None) is holds
    assert finding.is_open is not holds


def test_the_last_moment_of_the_last_day_is_still_exempt() -> None:
    """Midnight ends it."""
    wanted = _exemption(date(2026, 11, 21))
    last = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)
    first = datetime(2026, 11, 22, tzinfo=UTC)
    assert _judge({A: AT_RISK}, wanted, now=last)[A.id, "STS.1"].exemption
    assert not _judge({A: AT_RISK}, wanted, now=first)[A.id, "STS.1"].exemption


@pytest.mark.parametrize(("rule", "account"), [("Regions.1", A), ("STS.1", B)])
def test_an_exemption_holds_for_its_own_rule_and_account_only(rule: str, account: Account) -> None:
    """No other finding is touched."""
    found = _judge({A: AT_RISK, B: AT_RISK}, _exemption(date(2027, 3, 31), rule, account))
    assert found[A.id, "STS.1"].is_open
    assert [place for place, finding in found.items() if finding.exemption] == [(account.id, rule)]


def test_a_gap_in_coverage_can_be_exempt_too() -> None:
    """An account that nobody can read, known and taken on by someone."""
    found = _judge({A: some_facts(DENIED, DENIED)}, _exemption(date(2027, 3, 31), "Coverage.1"))
    assert not found[A.id, "Coverage.1"].is_open


@pytest.mark.parametrize(
    ("settings", "stack_set"),
    [(AuditSettings(), True), (AuditSettings(member_role=MemberRole(name="Audit", existing=True)), False)],
)
def test_a_closed_account_is_explained_by_the_way_in_that_the_settings_ask_for(
    settings: AuditSettings, *, stack_set: bool
) -> None:
    """An existing role has no StackSet to look at."""
    coverage = _judge({A: some_facts(DENIED, DENIED)}, settings)[A.id, "Coverage.1"]
    assert ("StackSet" in coverage.verdict.sentence) is stack_set
