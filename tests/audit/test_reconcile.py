"""Reconcile: which changes are reported, and when."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from regionproof.domain.facts import AccountFacts, NotTried, ReadFailure, RegionOptStatuses, TokenVersion
from regionproof.domain.run import RunRequest
from regionproof.settings.shape import AuditSettings, RegionsRule, Reminders, Rules
from tests.support.builders import MANAGEMENT_ACCOUNT_ID, NOW, regions, some_facts
from tests.support.histories import AT_RISK, DAY, FINE, UNREADABLE, A, B, History, exempt

LOW = some_facts()
TODAY = NOW.date()


def _after(*runs: object, **history: object) -> History:
    """Return a history whose account A had these facts in daily runs."""
    result = History(**history)  # type: ignore[arg-type]  # its own fields
    for facts in runs:
        result.facts[A] = facts  # type: ignore[assignment]  # facts of an account
        result.run(later=DAY)
    return result


def test_a_first_run_reports_every_open_finding_but_no_joined_account() -> None:
    """It has no earlier list of accounts to compare with."""
    history = History({A: AT_RISK, B: UNREADABLE})
    assert history.run() == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1"), ("NOT_AUDITABLE", f"{B}/Coverage.1")]


def test_without_a_change_there_is_no_alert() -> None:
    """Even if there are open findings."""
    history = History({A: AT_RISK, B: UNREADABLE})
    history.run()
    assert history.run(later=DAY) == []


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (FINE, AT_RISK, [("NEWLY_NONCOMPLIANT", f"{A}/STS.1")]),
        (LOW, AT_RISK, [("SEVERITY_CHANGED", f"{A}/STS.1")]),
        (AT_RISK, LOW, [("SEVERITY_CHANGED", f"{A}/STS.1")]),
        (AT_RISK, FINE, [("FIXED", f"{A}/STS.1")]),
        (FINE, UNREADABLE, [("NOT_AUDITABLE", f"{A}/Coverage.1")]),
        (AT_RISK, UNREADABLE, [("NOT_AUDITABLE", f"{A}/Coverage.1")]),
        (UNREADABLE, FINE, [("AUDITABLE_AGAIN", f"{A}/Coverage.1")]),
        (UNREADABLE, AT_RISK, [("AUDITABLE_AGAIN", f"{A}/Coverage.1"), ("NEWLY_NONCOMPLIANT", f"{A}/STS.1")]),
        (FINE, FINE, []),
        (UNREADABLE, some_facts(*[ReadFailure("iam:X", "Throttling", "")] * 2), []),
    ],
)
def test_a_change_is_reported_once(before: object, after: object, changes: list[tuple[str, str]]) -> None:
    """The run that saw it reports it, and no later run does."""
    history = _after(before)
    history.facts[A] = after  # type: ignore[assignment]  # facts of an account
    assert history.run(later=DAY) == changes
    assert history.run(later=DAY) == []


def test_a_changed_severity_is_reported_with_the_earlier_one() -> None:
    """The sentence of the verdict follows."""
    history = _after(LOW)
    history.facts[A] = AT_RISK
    (change,) = history.audit().run(RunRequest(), "run").changes
    assert change.detail.startswith("It was reported as LOW. Session tokens from the STS global endpoint are version 1")


def test_a_finding_that_could_not_be_read_is_not_reported_as_fixed() -> None:
    """After the gap the finding is still open, not newly open."""
    history = _after(AT_RISK, UNREADABLE)
    assert history.entry(A).alerted_severity is not None
    history.facts[A] = AT_RISK
    assert history.run(later=DAY) == [("AUDITABLE_AGAIN", f"{A}/Coverage.1")]


def test_a_rule_that_no_longer_applies_closes_its_findings() -> None:
    """The list of approved Regions was removed."""
    listed = AuditSettings(rules=Rules(regions_1=RegionsRule(approved=())))
    history = History({A: some_facts(TokenVersion(2), regions(ap_east_1="ENABLED"))}, settings=listed)
    assert history.run() == [("NEWLY_NONCOMPLIANT", f"{A}/Regions.1")]
    history.settings = AuditSettings()
    assert history.run(later=DAY) == [("FIXED", f"{A}/Regions.1")]
    assert history.run(later=DAY) == []


def test_a_new_exemption_is_not_reported() -> None:
    """Its owner knows about it."""
    history = _after(AT_RISK)
    history.settings = exempt(A, TODAY + 300 * DAY)
    assert history.run(later=DAY) == []
    history.facts[A] = FINE
    assert history.run(later=DAY) == []


def test_the_end_of_an_exemption_is_announced_once_for_each_end() -> None:
    """Fourteen days before the end, or later if runs were missed. A new end is announced again."""
    history = History({A: AT_RISK}, settings=exempt(A, TODAY + 15 * DAY))
    assert history.run() == []
    assert history.run(later=DAY) == [("EXEMPTION_ENDING", f"{A}/STS.1")]
    assert history.run(later=DAY) == []
    history.settings = exempt(A, TODAY + 40 * DAY)
    assert history.run(later=DAY) == []
    assert history.run(later=30 * DAY) == [("EXEMPTION_ENDING", f"{A}/STS.1")]


def test_an_exemption_that_ended_makes_its_finding_newly_noncompliant() -> None:
    """On the day after its last day."""
    history = History({A: AT_RISK}, settings=exempt(A, TODAY))
    assert history.run() == [("EXEMPTION_ENDING", f"{A}/STS.1")]
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1"), ("SETTING_IDLE", "")]


def test_the_exemption_of_a_compliant_account_is_reported_only_after_its_end() -> None:
    """Its end opens no finding, but leaves an entry without effect in the settings. That is reported once."""
    history = History({A: FINE}, settings=exempt(A, TODAY))
    assert history.run() == []
    assert history.run(later=DAY) == [("SETTING_IDLE", "")]
    assert history.run(later=DAY) == []


def test_an_account_that_joins_is_reported_with_its_open_findings() -> None:
    """Both are in one alert."""
    history = _after(FINE)
    history.facts["444444444444"] = AT_RISK
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", "444444444444/STS.1"), ("JOINED", "444444444444")]
    assert history.run(later=DAY) == []


@pytest.mark.parametrize("state", [None, "SUSPENDED", "PENDING_CLOSURE", "CLOSED"])
def test_an_account_that_left_is_reported_with_the_reason(state: str | None) -> None:
    """It is missing from the list, or not active."""
    history = _after(AT_RISK)
    if state:
        history.states[A] = state
    else:
        del history.facts[A]
    outcome = history.audit().run(RunRequest(), "run")
    assert [(change.kind.name, change.account_id, change.account_name) for change in outcome.changes] == [
        ("LEFT", A, "orders")
    ]
    assert outcome.changes[0].detail == (f"Its state is {state}." if state else "AWS Organizations no longer lists it.")
    assert history.run(later=DAY) == []


def test_a_partial_run_reports_only_its_accounts() -> None:
    """Even if other accounts changed, joined and left."""
    history = _after(FINE)
    history.facts = {A: AT_RISK, "444444444444": AT_RISK}
    assert history.run(A, later=DAY) == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1")]
    assert history.run(later=DAY) == [
        ("NEWLY_NONCOMPLIANT", "444444444444/STS.1"),
        ("JOINED", "444444444444"),
        ("LEFT", B),
    ]


def test_accounts_that_the_run_had_no_time_for_are_one_change() -> None:
    """Each run that skips accounts reports it, with one change for all of them."""
    history = _after(AT_RISK)
    history.remaining_time = lambda: 0
    assert history.run(later=DAY) == [("NOT_TRIED", "")]
    assert history.run(later=DAY) == [("NOT_TRIED", "")]
    history.remaining_time = lambda: 900
    assert history.run(later=DAY) == []


def test_only_a_run_that_ran_out_of_time_gives_advice_about_time() -> None:
    """The reasons of a run in steps already mention when the accounts are read."""
    history = _after(AT_RISK)
    history.remaining_time = lambda: 0
    history.run(later=DAY)
    assert history.sns.published[-1].changes[0].detail == (
        "3 of 3 accounts: the run's time was up. The next run starts with them. To give each run the time it "
        f"needs, set engine: step-functions in regionproof.yaml. Accounts: {MANAGEMENT_ACCOUNT_ID}, {A}, {B}."
    )
    history.remaining_time = lambda: 900
    not_tried = NotTried("its batch failed; the same execution reads it again")
    history.facts[A] = AccountFacts(dict.fromkeys((TokenVersion, RegionOptStatuses), not_tried))
    history.run(later=DAY)
    assert history.sns.published[-1].changes[0].detail == (
        f"1 of 3 accounts: its batch failed; the same execution reads it again. Accounts: {A}."
    )


def test_open_findings_are_repeated_after_the_time_in_the_settings() -> None:
    """All of them at once, when the first one is due. Then the time starts again."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.facts[B] = UNREADABLE
    assert history.run(later=6 * DAY) == [("NOT_AUDITABLE", f"{B}/Coverage.1")]
    still_open = [("STILL_OPEN", f"{A}/STS.1"), ("STILL_OPEN", f"{B}/Coverage.1")]
    assert history.run(later=DAY) == still_open
    assert history.run(later=7 * DAY - timedelta(seconds=1)) == []
    assert history.run(later=timedelta(seconds=1)) == still_open


def test_the_time_until_a_reminder_comes_from_the_settings() -> None:
    """The setting counts days."""
    history = History({A: AT_RISK}, settings=AuditSettings(reminders=Reminders(open_findings_every_days=2)))
    history.run()
    assert history.run(later=DAY) == []
    assert history.run(later=DAY) == [("STILL_OPEN", f"{A}/STS.1")]


def test_a_finding_keeps_the_time_of_its_first_observation() -> None:
    """Through every change, and while it cannot be read."""
    history = _after(AT_RISK, FINE, UNREADABLE, AT_RISK)
    first_seen = {finding.rule: finding.first_seen for finding in history.security_hub.reports[-1].findings}
    assert first_seen["STS.1"] == NOW + DAY
    assert history.entry(A).last_change == NOW + 4 * DAY


@pytest.mark.parametrize("later", [timedelta(), timedelta(microseconds=1), -timedelta(hours=1), -400 * DAY, DAY])
def test_every_import_is_strictly_later_than_the_one_before(later: timedelta) -> None:
    """Even if the clock stops or goes back, and in every run."""
    history = History({A: AT_RISK})
    for _ in range(3):
        history.run(later=later)
    times = []
    for reconciliation in history.security_hub.published:
        (finding,) = (finding for finding in reconciliation.report.open_findings)
        times.append(reconciliation.updated_at(finding))
    assert all(after - before >= timedelta(milliseconds=1) for before, after in pairwise(times))


def test_a_clock_that_goes_back_repeats_no_change() -> None:
    """A change that was reported at a later time stays reported."""
    history = History({A: AT_RISK})
    history.run()
    assert history.run(later=-DAY) == []
    history.facts[A] = FINE
    assert history.run() == [("FIXED", f"{A}/STS.1")]
    assert history.run() == []
