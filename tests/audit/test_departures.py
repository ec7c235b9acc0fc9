"""Departures: findings are archived, announced once, and reported again if the account or rule returns."""

from __future__ import annotations

import pytest

from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.ledger import Entry
from regionproof.publishers.security_hub import imports_of
from regionproof.settings.shape import AuditSettings, RegionsRule, Rules, Scope, StsRule
from tests.support.builders import NOW, regions, some_facts
from tests.support.histories import AT_RISK, DAY, FINE, UNREADABLE, A, B, History

WITHOUT_A = AuditSettings(scope=Scope(exclude_accounts=(A,)))
STS_OFF = AuditSettings(rules=Rules(sts_1=StsRule(enabled=False)))
A_OUT = ("OUT_OF_SCOPE", A)
STS_IS_OFF = ("RULE_OFF", "")


def _archived(history: History) -> set[str]:
    """Return the findings that the last run archived, by account and rule."""
    reconciliation = history.security_hub.published[-1]
    archived = (item.finding for item in imports_of(reconciliation) if item.state == "ARCHIVED")
    return {f"{finding.account.id}/{finding.rule}" for finding in archived}


@pytest.mark.parametrize(("before", "open_before"), [(AT_RISK, 1), (FINE, 0)])
def test_an_account_that_leaves_the_scope_is_archived_and_announced_once(before: object, open_before: int) -> None:
    """The change has the number of open findings, and a warning that they may not be fixed."""
    history = History({A: before, B: AT_RISK})  # type: ignore[dict-item]  # facts of an account
    history.run()
    history.settings = WITHOUT_A
    assert history.run(later=DAY) == [A_OUT]
    assert _archived(history) == {f"{A}/STS.1", f"{A}/Coverage.1"}
    (change,) = history.sns.published[-1].changes
    assert change.detail == (
        f"The scope in regionproof.yaml does not include this account. Open findings: {open_before}. "
        "RegionProof stops reporting them, but they may not be fixed."
    )
    assert history.run(later=DAY) == []
    assert _archived(history) == set()


def test_an_account_that_returns_to_the_scope_is_reported_again() -> None:
    """It keeps the time of its first observation. It did not join, because it never left the organization."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.settings = WITHOUT_A
    history.run(later=DAY)
    history.settings = AuditSettings()
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1")]
    assert history.entry(A).first_seen == NOW
    assert not history.entry(A).archived
    history.settings = WITHOUT_A
    assert history.run(later=DAY) == [A_OUT]


def test_an_account_that_returns_to_the_organization_out_of_scope_is_announced_once() -> None:
    """That it joined and that the scope leaves it out is one change; back in scope, all of it is reported again."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    gone = history.facts.pop(A)
    history.run(later=DAY)
    history.facts[A], history.settings = gone, WITHOUT_A
    assert history.run(later=DAY) == [("JOINED", A)]
    (change,) = history.sns.published[-1].changes
    assert (
        change.detail
        == "It is in Root/Workloads/Production. The scope in regionproof.yaml does not include this account."
    )
    assert history.run(later=DAY) == []
    history.settings = AuditSettings()
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1")]
    history.settings = WITHOUT_A
    assert history.run(later=DAY) == [A_OUT]


def test_open_findings_of_an_account_that_joins_out_of_scope_are_counted() -> None:
    """Only a partial run had reported them."""
    history = History({A: AT_RISK, B: FINE}, settings=AuditSettings())
    there = history.facts.pop(A)
    history.run()
    history.facts[A] = there
    history.run(A, later=DAY)
    history.settings = WITHOUT_A
    assert history.run(later=DAY) == [("JOINED", A)]
    (change,) = history.sns.published[-1].changes
    assert change.detail == (
        "It is in Root/Workloads/Production. The scope in regionproof.yaml does not include this account. "
        "Open findings: 1. RegionProof stops reporting them, but they may not be fixed."
    )
    assert history.run(later=DAY) == []


def test_a_return_out_of_scope_of_which_nobody_heard_is_announced_again() -> None:
    """As one change, as before."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    gone = history.facts.pop(A)
    history.run(later=DAY)
    history.facts[A], history.settings = gone, WITHOUT_A
    history.sns.refuses_everything = True
    history.run(later=DAY)
    history.sns.refuses_everything = False
    assert history.run(later=DAY) == [("JOINED", A)]
    assert history.run(later=DAY) == []


def test_an_account_that_was_never_in_scope_is_not_reported() -> None:
    """No alert has ever reported it."""
    history = History({A: AT_RISK, B: FINE}, settings=WITHOUT_A)
    assert history.run() == []
    assert history.run(later=DAY) == []
    assert _archived(history) == set()


def test_an_account_out_of_scope_that_leaves_the_organization_is_reported_as_left() -> None:
    """Its findings are already archived."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.settings = WITHOUT_A
    history.run(later=DAY)
    del history.facts[A]
    assert history.run(later=DAY) == [("SETTING_IDLE", ""), ("LEFT", A)]
    assert _archived(history) == set()


def test_an_account_that_only_a_partial_run_saw_is_announced_when_it_goes_out_of_scope() -> None:
    """An alert reported its finding."""
    history = History({A: AT_RISK, B: FINE})
    history.run(A)
    history.settings = WITHOUT_A
    assert history.run(later=DAY) == [A_OUT]
    assert _archived(history) == {f"{A}/STS.1", f"{A}/Coverage.1"}
    assert history.run(later=DAY) == []


def test_an_account_that_a_partial_run_saw_back_in_scope_is_announced_again() -> None:
    """Before any full run noticed that it was back."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.settings = WITHOUT_A
    history.run(later=DAY)
    history.settings = AuditSettings()
    assert history.run(A, later=DAY) == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1")]
    history.settings = WITHOUT_A
    assert history.run(later=DAY) == [A_OUT]
    assert f"{A}/STS.1" in _archived(history)


@pytest.mark.parametrize("settings", [WITHOUT_A, STS_OFF], ids=["out of scope", "switched off"])
def test_an_archiving_that_did_not_arrive_is_retried(settings: AuditSettings) -> None:
    """The announcement arrived, and is not repeated."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.settings = settings
    announced = A_OUT if settings is WITHOUT_A else STS_IS_OFF
    history.security_hub.refuses_everything = True
    assert history.run(later=DAY) == [announced]
    assert f"{A}/STS.1" in _archived(history)
    history.security_hub.refuses_everything = False
    assert history.run(later=DAY) == []
    assert f"{A}/STS.1" in _archived(history)
    assert history.run(later=DAY) == []
    assert _archived(history) == set()


@pytest.mark.parametrize("settings", [WITHOUT_A, STS_OFF], ids=["out of scope", "switched off"])
def test_an_announcement_that_was_refused_is_repeated(settings: AuditSettings) -> None:
    """The alert is sent again until it arrives."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.settings = settings
    announced = A_OUT if settings is WITHOUT_A else STS_IS_OFF
    history.sns.refuses_everything = True
    assert history.run(later=DAY) == [announced]
    history.sns.refuses_everything = False
    assert history.run(later=DAY) == [announced]
    assert _archived(history) == set()
    assert history.run(later=DAY) == []


@pytest.mark.parametrize("settings", [WITHOUT_A, STS_OFF], ids=["out of scope", "switched off"])
def test_a_partial_run_archives_and_announces_nothing(settings: AuditSettings) -> None:
    """It read other accounts."""
    history = History({A: AT_RISK, B: AT_RISK})
    history.run()
    history.settings = settings
    assert history.run(B, later=DAY) == []
    assert not {one for one in _archived(history) if one.startswith(A) or one.endswith("/STS.1")}
    assert history.run(later=DAY) == [A_OUT if settings is WITHOUT_A else STS_IS_OFF]


def test_a_rule_that_is_switched_off_is_announced_as_one_change_with_its_findings_counted() -> None:
    """There is not one change for each account."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.settings = STS_OFF
    assert history.run(later=DAY) == [STS_IS_OFF]
    (change,) = history.sns.published[-1].changes
    assert (change.rule, change.key) == ("STS.1", "RULE_OFF/STS.1")
    assert change.detail == (
        "Rule STS.1 is switched off in regionproof.yaml. Findings: 3, open: 1. "
        "RegionProof stops reporting them, but they may not be fixed."
    )
    assert {f"{one}/STS.1" for one in ("1" * 12, A, B)} <= _archived(history)
    assert history.run(later=DAY) == []
    assert _archived(history) == set()


def test_a_rule_that_is_switched_on_again_reports_its_open_findings() -> None:
    """If it is switched off again, that is reported again."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.settings = STS_OFF
    history.run(later=DAY)
    history.settings = AuditSettings()
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1")]
    history.settings = STS_OFF
    assert history.run(later=DAY) == [STS_IS_OFF]


def test_each_rule_that_is_switched_off_is_a_separate_change() -> None:
    """In the order of their ids."""
    listed = RegionsRule(approved=())
    facts = some_facts(opt_in=regions(ap_east_1="ENABLED"))
    history = History({A: facts, B: FINE}, settings=AuditSettings(rules=Rules(regions_1=listed)))
    history.run()
    history.settings = AuditSettings(rules=Rules(sts_1=StsRule(enabled=False), regions_1=RegionsRule(enabled=False)))
    assert history.run(later=DAY) == [STS_IS_OFF] * 2
    assert [change.rule for change in history.sns.published[-1].changes] == ["Regions.1", "STS.1"]


def test_switching_off_a_rule_that_never_applied_is_not_reported() -> None:
    """Without a list of approved Regions, it never had a finding to report."""
    history = History({A: AT_RISK, B: FINE})
    history.security_hub.refuses = frozenset(f"regionproof/o-exampleorg/{one}/Regions.1" for one in (A, B, "1" * 12))
    history.run()
    history.settings = AuditSettings(rules=Rules(regions_1=RegionsRule(enabled=False)))
    assert history.run(later=DAY) == []
    assert _archived(history) == set()


def test_the_findings_of_a_rule_that_this_version_does_not_have_are_archived() -> None:
    """An earlier version sent them."""
    history = History({A: FINE, B: FINE})
    history.run()
    entry = Entry(NOW, NOW, NOW, Compliance.NON_COMPLIANT, Severity.LOW, Severity.LOW, NOW, sent_at=NOW)
    assert history.store.ledger
    history.store.ledger.entries[A, "Old.7"] = entry  # type: ignore[index]  # a dict
    assert history.run(later=DAY) == [STS_IS_OFF]
    (change,) = history.sns.published[-1].changes
    assert change.rule == "Old.7"
    assert _archived(history) == {f"{A}/Old.7"}
    assert history.run(later=DAY) == []


def test_an_account_that_cannot_be_read_keeps_its_findings() -> None:
    """It is in scope, and its findings may still be right."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.facts[A] = UNREADABLE
    history.run(later=DAY)
    assert _archived(history) == set()
    assert history.entry(A).is_shown


@pytest.mark.parametrize("settings", [WITHOUT_A, STS_OFF], ids=["out of scope", "switched off"])
def test_an_announcement_of_unknown_outcome_is_repeated_or_withdrawn(settings: AuditSettings) -> None:
    """Readers may believe that its findings are gone, so its return is reported."""
    announced = A_OUT if settings is WITHOUT_A else STS_IS_OFF
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.settings = settings
    history.sns.loses_answers = True
    assert history.run(later=DAY) == [announced]
    history.sns.loses_answers = False
    before = history.store.ledger, history.store.version
    assert history.run(later=DAY) == [announced]
    history.store.ledger, history.store.version = before
    history.settings = AuditSettings()
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1")]
    assert history.run(later=DAY) == []
