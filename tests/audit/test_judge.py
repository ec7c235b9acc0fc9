"""Judge: one finding for every account and rule, exemptions, and the use of opt-in Regions elsewhere."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from regionproof.audit.judge import EvaluationContext, judge
from regionproof.domain.accounts import Organization
from regionproof.domain.facts import NotTried, TokenVersion
from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.ledger import KnownAccount
from regionproof.rules import all_rules
from regionproof.settings.shape import AuditSettings, Exemption, MemberRole, RegionsRule, Rules, StsRule
from tests.support.builders import DENIED, NOW, ORGANIZATION_ID, an_account, regions, some_facts

if TYPE_CHECKING:
    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import AccountFacts
    from regionproof.domain.findings import Finding

A, B = an_account("111111111111"), an_account("222222222222")
AT_RISK = some_facts(opt_in=regions(ap_east_1="ENABLED"))
FINE = some_facts(TokenVersion(2))


ORDINARY = EvaluationContext(
    organization=Organization(ORGANIZATION_ID, A.id, (A, B)),
    partition="aws",
    settings=AuditSettings(),
    known_accounts={},
    now=NOW,
)


def _judge(
    facts: dict[Account, AccountFacts], settings: AuditSettings | None = None, **differs: Any
) -> dict[tuple[str, str], Finding]:
    organization = dataclasses.replace(ORDINARY.organization, accounts=tuple(facts))
    context = dataclasses.replace(
        ORDINARY, **{"organization": organization, "settings": settings or AuditSettings(), **differs}
    )
    findings = judge(facts, context)
    by_place = {(finding.account.id, finding.rule): finding for finding in findings}
    assert len(by_place) == len(findings)
    return by_place


def _organization(*others: Account) -> Organization:
    return dataclasses.replace(ORDINARY.organization, accounts=(A, *others))


def _last_known(uses_opt_in_region: bool | None, account: Account = B) -> dict[str, KnownAccount]:  # noqa: FBT001  # one of three states
    return {account.id: KnownAccount("orders", NOW, uses_opt_in_region=uses_opt_in_region)}


def _exemption(until: date, rule: str = "STS.1", account: Account = A) -> AuditSettings:
    exemption = Exemption(account=account.id, rule=rule, owner="payments", reason="a device", until=until)  # type: ignore[arg-type]  # any rule
    return AuditSettings(exemptions=(exemption,))


def test_every_account_gets_one_finding_for_every_enabled_rule_in_order() -> None:
    """Ordered by account and rule, not by the order of reading."""
    rules = [rule.id for rule in all_rules()]
    assert list(_judge({B: FINE, A: AT_RISK})) == [(account.id, rule) for account in (A, B) for rule in rules]


def test_a_rule_that_is_switched_off_has_no_findings() -> None:
    """Coverage.1 cannot be switched off."""
    off = AuditSettings(rules=Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(enabled=False)))
    found = _judge({A: AT_RISK}, off)
    assert [rule for _account, rule in found] == ["Coverage.1"]
    assert found[A.id, "Coverage.1"].verdict.compliance is Compliance.NOT_APPLICABLE


def test_a_finding_has_the_texts_of_its_rule_and_the_time_of_the_run() -> None:
    """The title, risk, remediation and reference; first and last seen."""
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
    """Their token version does not matter. A Region that could not be read is not reported as in use."""
    found = _judge({A: some_facts(), B: other})
    assert found[A.id, "STS.1"].verdict.severity is severity


UNREAD_SENTENCE = "not every other account, in scope or not, was read"
LEFT_OUT: dict[str, AccountFacts | None] = {
    "not read at all": None,
    "unreadable": some_facts(TokenVersion(2), DENIED),
    "not tried": some_facts(TokenVersion(2), NotTried("the run's time was up")),  # type: ignore[arg-type]  # a reading
}


@pytest.mark.parametrize("read", LEFT_OUT.values(), ids=LEFT_OUT)
@pytest.mark.parametrize(
    ("last_known", "always", "when_opt_in"),
    [
        (True, Severity.MEDIUM, Compliance.NON_COMPLIANT),
        (False, Severity.LOW, Compliance.COMPLIANT),
        (None, Severity.MEDIUM, Compliance.INSUFFICIENT_DATA),
    ],
)
def test_an_account_that_was_not_read_counts_as_last_known(
    read: AccountFacts | None,
    last_known: bool | None,  # noqa: FBT001  # one of three states
    always: Severity,
    when_opt_in: Compliance,
) -> None:
    """It is out of scope, not requested, not tried or unreadable. One that was never read is in the sentence."""
    facts = {A: some_facts()} if read is None else {A: some_facts(), B: read}
    context: dict[str, Any] = {"organization": _organization(B), "known_accounts": _last_known(last_known)}
    required = AuditSettings(rules=Rules(sts_1=StsRule(require="when-opt-in")))
    verdict = _judge(facts, **context)[A.id, "STS.1"].verdict
    assert verdict.severity is always
    assert (UNREAD_SENTENCE in verdict.sentence) is (last_known is None)
    found = _judge(facts, required, **context)[A.id, "STS.1"].verdict
    assert found.compliance is when_opt_in
    assert (UNREAD_SENTENCE in found.sentence) is (last_known is None)


def test_an_account_that_is_not_in_the_ledger_is_unknown() -> None:
    """For a run without a ledger, this is every account out of scope."""
    verdict = _judge({A: some_facts()}, organization=_organization(B))[A.id, "STS.1"].verdict
    assert UNREAD_SENTENCE in verdict.sentence


@pytest.mark.parametrize(
    ("state", "severity"), [("ACTIVE", Severity.MEDIUM), ("FROZEN", Severity.MEDIUM), ("SUSPENDED", Severity.LOW)]
)
@pytest.mark.parametrize("last_known", [True, None])
def test_an_account_that_is_not_active_does_not_count(state: str, severity: Severity, last_known: bool | None) -> None:  # noqa: FBT001  # one of three states
    """Its users cannot call AWS. A state that this version does not know counts as active."""
    organization = _organization(an_account(B.id, state=state))
    found = _judge({A: some_facts()}, organization=organization, known_accounts=_last_known(last_known))
    assert found[A.id, "STS.1"].verdict.severity is severity


@pytest.mark.parametrize("last_known", [True, False, None])
def test_facts_of_this_run_override_the_last_known_ones(last_known: bool | None) -> None:  # noqa: FBT001  # one of three states
    """In both directions."""
    known = _last_known(last_known)
    in_use = _judge({A: some_facts(), B: AT_RISK}, known_accounts=known)[A.id, "STS.1"].verdict
    not_in_use = _judge({A: some_facts(), B: FINE}, known_accounts=known)[A.id, "STS.1"].verdict
    assert (in_use.severity, not_in_use.severity) == (Severity.MEDIUM, Severity.LOW)


def test_one_account_in_use_outweighs_an_unknown_one() -> None:
    """Regions are in use, regardless of the unknown account."""
    unknown = an_account("333333333333")
    verdict = _judge({A: some_facts(), B: AT_RISK}, organization=_organization(B, unknown))[A.id, "STS.1"].verdict
    assert "other accounts of the organization do" in verdict.sentence


def test_a_rule_does_not_apply_in_a_partition_without_its_feature() -> None:
    """If STS.1 does not apply, its facts are not needed, and one that was not read is not a gap."""
    found = _judge({A: FINE}, partition="aws-cn")
    assert {finding.verdict.compliance for finding in found.values()} == {Compliance.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("until", "holds"), [(date(2026, 11, 20), False), (date(2026, 11, 21), True), (date(2027, 3, 31), True)]
)
def test_an_exemption_holds_through_its_last_day(until: date, holds: bool) -> None:  # noqa: FBT001
    """The day of the run, in UTC, counts. On the day after, the finding is open again."""
    finding = _judge({A: AT_RISK}, _exemption(until))[A.id, "STS.1"]
    assert (finding.exemption is not None) is holds
    assert finding.is_open is not holds


def test_the_last_moment_of_the_last_day_is_still_exempt() -> None:
    """The exemption ends at midnight."""
    settings = _exemption(date(2026, 11, 21))
    last = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)
    first = datetime(2026, 11, 22, tzinfo=UTC)
    assert _judge({A: AT_RISK}, settings, now=last)[A.id, "STS.1"].exemption
    assert not _judge({A: AT_RISK}, settings, now=first)[A.id, "STS.1"].exemption


@pytest.mark.parametrize(("rule", "account"), [("Regions.1", A), ("STS.1", B)])
def test_an_exemption_applies_only_to_its_rule_and_account(rule: str, account: Account) -> None:
    """Other findings stay as they are."""
    found = _judge({A: AT_RISK, B: AT_RISK}, _exemption(date(2027, 3, 31), rule, account))
    assert found[A.id, "STS.1"].is_open
    assert [place for place, finding in found.items() if finding.exemption] == [(account.id, rule)]


def test_a_gap_in_coverage_can_be_exempt_too() -> None:
    """An owner may accept that an account cannot be read."""
    found = _judge({A: some_facts(DENIED, DENIED)}, _exemption(date(2027, 3, 31), "Coverage.1"))
    assert not found[A.id, "Coverage.1"].is_open


@pytest.mark.parametrize(
    ("settings", "stack_set"),
    [(AuditSettings(), True), (AuditSettings(member_role=MemberRole(name="Audit", existing=True)), False)],
)
def test_a_denial_is_explained_for_the_access_mode_in_the_settings(settings: AuditSettings, *, stack_set: bool) -> None:
    """An existing role does not come from a StackSet, so the sentence must not mention one."""
    coverage = _judge({A: some_facts(DENIED, DENIED)}, settings)[A.id, "Coverage.1"]
    assert ("StackSet" in coverage.verdict.sentence) is stack_set
