"""Settings entries without effect, over several runs: the audit continues, and an alert reports them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regionproof.domain.changes import ChangeKind
from regionproof.domain.run import RunRequest
from regionproof.errors import UnknownScope
from regionproof.settings.shape import AuditSettings, RegionsRule, Rules, Scope
from tests.support.builders import an_account, an_organization
from tests.support.fakes import FakeOrganizationSource
from tests.support.histories import AT_RISK, DAY, FINE, A, B, C, History

NO_UNIT = "ou-ab12-11112223"
LIST_OF_NO_UNIT = AuditSettings(rules=Rules(regions_1=RegionsRule(organizational_units={NO_UNIT: ()})))
EXCLUDED = AuditSettings(scope=Scope(exclude_accounts=(B,)))
REPORTED = ("SETTING_IDLE", "")


def test_a_list_for_an_unknown_unit_is_reported_once_and_the_run_continues() -> None:
    """The same alert reports an account at risk."""
    history = History({A: AT_RISK}, settings=LIST_OF_NO_UNIT)
    assert history.run() == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1"), REPORTED]
    assert history.run(later=DAY) == []
    (change,) = [one for one in history.sns.published[0].changes if one.kind is ChangeKind.SETTING_IDLE]
    assert change.detail == (
        f"Organization o-exampleorg has no organizational unit {NO_UNIT}. The entry has no effect. Correct or remove "
        f"it (rules.Regions.1.organizational_units.{NO_UNIT} in the settings), then deploy again."
    )


def test_an_entry_whose_alert_was_refused_is_reported_again() -> None:
    """The change is sent again until the alert arrives."""
    history = History(settings=LIST_OF_NO_UNIT)
    history.sns.refuses_everything = True
    assert history.run() == [REPORTED]
    history.sns.refuses_everything = False
    assert history.run(later=DAY) == [REPORTED]
    assert history.run(later=DAY) == []


def test_an_entry_that_was_corrected_and_is_wrong_again_is_reported_again() -> None:
    """It is a new mistake."""
    history = History(settings=LIST_OF_NO_UNIT)
    history.run()
    history.settings = AuditSettings()
    assert history.run(later=DAY) == []
    history.settings = LIST_OF_NO_UNIT
    assert history.run(later=DAY) == [REPORTED]


def test_an_entry_for_an_account_that_left_is_reported() -> None:
    """The reason mentions that the account left, because the ledger knows it."""
    history = History({A: FINE, B: FINE}, settings=EXCLUDED)
    assert history.run() == []
    del history.facts[B]
    assert history.run(later=DAY) == [REPORTED, ("LEFT", B)]
    (change,) = [one for one in history.sns.published[-1].changes if one.kind is ChangeKind.SETTING_IDLE]
    assert change.detail.startswith(f"Account {B} left organization o-exampleorg. ")


def test_a_partial_run_does_not_report_entries() -> None:
    """It also keeps the record of the reported ones."""
    history = History({A: FINE, B: FINE}, settings=LIST_OF_NO_UNIT)
    assert history.run(A) == []
    assert history.run(later=DAY) == [REPORTED]
    history.run(A, later=DAY)
    assert history.run(later=DAY) == []


def test_an_unknown_unit_in_the_scope_fails_the_run_before_anything_is_published() -> None:
    """Even if the rest of the scope exists. Accounts would be skipped without notice."""
    scope = Scope(organizational_units=("ou-ab12-11111111", NO_UNIT))
    history = History({A: FINE, C: AT_RISK}, settings=AuditSettings(scope=scope))
    with pytest.raises(UnknownScope, match=NO_UNIT):
        history.run()
    assert (history.sns.published, history.security_hub.published, history.store.ledger) == ([], [], None)


def test_an_entry_that_could_not_be_checked_is_not_a_change() -> None:
    """It is in the report for the log, but not in an alert, because it may be right."""
    audit = History({A: FINE}, settings=LIST_OF_NO_UNIT).audit()
    not_walked = FakeOrganizationSource(an_organization(an_account(A)), walked=False)
    outcome = replace(audit, organization=not_walked).run(RunRequest(), "run")
    assert [notice.is_certain for notice in outcome.report.settings_notices] == [False]
    assert outcome.changes == ()
