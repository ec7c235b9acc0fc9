"""The report: every account of the organization is in it once, and the counts add up."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from regionproof.audit.run import Audit
from regionproof.domain.accounts import AccountState, is_target
from regionproof.domain.facts import AccountFacts, NotTried, RegionOptStatuses, TokenVersion
from regionproof.domain.report import AccountResult, Run
from regionproof.domain.run import RunRequest
from regionproof.settings.shape import AuditSettings, Exemption, RegionsRule, Rules, Scope
from tests.support.builders import (
    DENIED,
    IDENTITY,
    NOW,
    PRODUCTION,
    ROOT,
    WORKLOADS,
    a_report,
    an_account,
    an_organization,
    regions,
    some_facts,
)
from tests.support.fakes import FakeFactReader, FakeOrganizationSource

if TYPE_CHECKING:
    from regionproof.domain.accounts import Account
    from regionproof.domain.report import Report
    from regionproof.settings.shape import RuleId

A, B, C = "222222222222", "333333333333", "444444444444"
FINE = some_facts(TokenVersion(2))
AT_RISK = some_facts(opt_in=regions(ap_east_1="ENABLED"))

accounts = st.builds(
    an_account,
    account_id=st.integers(200000000000, 200000000020).map(str),
    state=st.sampled_from([*AccountState, "HIBERNATING"]),
    parents=st.sampled_from([(), (ROOT,), (ROOT, WORKLOADS), (ROOT, WORKLOADS, PRODUCTION)]),
)
scopes = st.builds(
    Scope,
    organizational_units=st.sampled_from([(), (WORKLOADS.id,)]),
    exclude_organizational_units=st.sampled_from([(), (PRODUCTION.id,)]),
    exclude_accounts=st.sampled_from([(), ("200000000003",)]),
)
readings = st.sampled_from([FINE, AT_RISK, some_facts(), some_facts(DENIED, DENIED), some_facts(opt_in=DENIED)])


@st.composite
def organizations(draw: st.DrawFn) -> tuple[list[Account], AuditSettings, dict[str, AccountFacts | Exception]]:
    """Draw an organization, the settings of its audit, and what a reader answers for each account."""
    listed = draw(st.lists(accounts, unique_by=lambda account: account.id, max_size=12))
    answers: st.SearchStrategy[AccountFacts | Exception] = readings | st.just(ValueError("a defect"))
    facts = {account.id: draw(answers) for account in listed}
    exempt = draw(st.sampled_from([(), tuple(an_exemption(account.id) for account in listed[:2])]))
    rules = Rules(regions_1=RegionsRule(approved=draw(st.sampled_from([None, ()]))))
    return listed, AuditSettings(scope=draw(scopes), exemptions=exempt, rules=rules), facts


def an_exemption(account_id: str, rule: RuleId = "STS.1") -> Exemption:
    """Return an exemption that holds on the day of the run."""
    return Exemption(account=account_id, rule=rule, owner="payments", reason="a device", until=NOW.date())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(organizations())
def test_every_account_is_counted_exactly_once(
    drawn: tuple[list[Account], AuditSettings, dict[str, AccountFacts | Exception]],
) -> None:
    """Not open, or out of scope, or in scope; and of those in scope, audited or not."""
    listed, wanted, facts = drawn
    units = frozenset({ROOT.id, WORKLOADS.id, PRODUCTION.id})
    organization = dataclasses.replace(an_organization(*listed), unit_ids=units)
    management = organization.management_account_id
    assume(any(is_target(account, wanted.scope, frozenset()) for account in organization.accounts))
    report = _audit(wanted, FakeOrganizationSource(organization), FakeFactReader({**facts, management: FINE}))
    summary = report.summary()
    assert summary["accounts_listed"] == len(listed) + 1
    assert sum(summary["accounts_by_state"].values()) == summary["accounts_listed"]
    kinds = ("accounts_not_open", "accounts_out_of_scope", "accounts_in_scope")
    assert sum(summary[kind] for kind in kinds) == summary["accounts_listed"]
    assert summary["accounts_in_scope"] == summary["accounts_audited"] + summary["accounts_not_audited"]
    _the_findings_add_up(report)


def _audit(wanted: AuditSettings, source: FakeOrganizationSource, reader: FakeFactReader) -> Report:
    audit = Audit(
        settings=wanted,
        identity=IDENTITY,
        organization=source,
        reader=reader,
        publishers=(),
        clock=lambda: NOW,
        workers=4,
    )
    return audit.run(RunRequest(), "run-1").report


def _the_findings_add_up(report: Report) -> None:
    summary = report.summary()
    assert sum(summary["by_compliance"].values()) == len(report.findings) == len(report.targets) * len(report.rules)
    assert len({finding.id for finding in report.findings}) == len(report.findings)
    assert summary["noncompliant"] == sum(summary["noncompliant_by_rule"].values()) == len(report.open_findings)
    assert summary["noncompliant"] + summary["exempt"] == summary["by_compliance"].get("NON_COMPLIANT", 0)
    unread = {finding.account.id for finding in report.open_findings if finding.rule == "Coverage.1"}
    assert unread == {result.account.id for result in report.not_audited}


def test_the_worst_findings_come_first() -> None:
    """Then by rule and account, so that two runs of one organization read alike."""
    report = a_report({C: AT_RISK, B: some_facts(DENIED, DENIED), A: AT_RISK})
    shown = [(f.verdict.severity.value, f.rule, f.account.id) for f in report.open_findings]
    assert shown == [("HIGH", "STS.1", A), ("HIGH", "STS.1", C), ("MEDIUM", "Coverage.1", B)]


def test_a_rule_without_open_findings_is_counted_as_zero() -> None:
    """An alarm on the count can come back to rest."""
    assert a_report({A: FINE}).noncompliant_by_rule == {"Coverage.1": 0, "Regions.1": 0, "STS.1": 0}


def test_an_exempt_finding_is_counted_apart() -> None:
    """It is neither lost nor open."""
    report = a_report({A: AT_RISK}, AuditSettings(exemptions=(an_exemption(A),)))
    assert report.summary()["noncompliant"] == 0
    assert report.summary()["exempt"] == 1
    assert report.open_findings == ()


def test_an_account_that_was_not_tried_is_not_audited() -> None:
    """Time that was up is not a success."""
    waiting = AccountFacts({TokenVersion: NotTried("the run's time was up")})
    report = a_report({A: waiting})
    assert [result.account.id for result in report.not_audited] == [A]


def test_an_account_with_a_failed_read_is_not_counted_as_not_tried() -> None:
    """More time would not help it; its failure is reported by Coverage.1."""
    time_was_up = NotTried("the run's time was up")
    failed = AccountFacts({TokenVersion: DENIED, RegionOptStatuses: time_was_up})
    waiting = AccountFacts({TokenVersion: time_was_up, RegionOptStatuses: time_was_up})
    report = a_report({A: failed, B: waiting, C: FINE})
    assert [result.account.id for result in report.not_audited] == [A, B]
    assert [result.account.id for result in report.not_tried] == [B]


def test_an_account_that_the_run_did_not_look_at_is_not_audited() -> None:
    """Nor does it count as a gap: it was not a target."""
    report = a_report({A: FINE}, AuditSettings(scope=Scope(exclude_accounts=(B,))))
    outside = AccountResult(an_account(B), in_scope=False)
    assert not outside.audited
    report = dataclasses.replace(report, accounts=(*report.accounts, outside))
    assert outside not in (*report.targets, *report.audited, *report.not_audited, *report.not_tried)


@pytest.mark.parametrize(
    ("rule", "counted"), [("Coverage.1", [B]), ("STS.1", [A, B]), ("Regions.1", [A, B]), (None, [A, B])]
)
def test_only_an_exemption_from_coverage_takes_an_unread_account_off_the_alarm(
    rule: RuleId | None, counted: list[str]
) -> None:
    """An exemption from another rule says nothing of an account that no one can read."""
    exemptions = (an_exemption(A, rule),) if rule else ()
    wanted = AuditSettings(exemptions=exemptions, rules=Rules(regions_1=RegionsRule(approved=())))
    report = a_report({A: some_facts(DENIED, DENIED), B: some_facts(DENIED, DENIED), C: FINE}, wanted)
    assert [result.account.id for result in report.unexempted_not_audited] == counted
    assert [result.account.id for result in report.not_audited] == [A, B]


@pytest.mark.parametrize(("requested", "partial"), [(frozenset(), False), (frozenset({A}), True)])
def test_a_run_that_was_asked_for_accounts_is_partial(
    requested: frozenset[str],
    partial: bool,  # noqa: FBT001
) -> None:
    """It says nothing of the others."""
    run = Run("run-1", IDENTITY, NOW, NOW + timedelta(seconds=90.5), requested)
    assert run.is_partial is partial
    assert run.duration_seconds == 90.5
