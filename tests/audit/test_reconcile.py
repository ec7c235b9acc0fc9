"""Reconcile: what is told, when, and what a run that did not look leaves alone."""

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
    """Return a history whose account A was read like this, run by run, a day apart."""
    made = History(**history)  # type: ignore[arg-type]  # its own fields
    for facts in runs:
        made.facts[A] = facts  # type: ignore[assignment]  # facts of an account
        made.run(later=DAY)
    return made


def test_a_first_run_tells_everything_that_is_open_and_nobody_as_joined() -> None:
    """There is nothing to compare with."""
    history = History({A: AT_RISK, B: UNREADABLE})
    assert history.run() == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1"), ("NOT_AUDITABLE", f"{B}/Coverage.1")]


def test_nothing_changed_is_nothing_told() -> None:
    """However much is open."""
    history = History({A: AT_RISK, B: UNREADABLE})
    history.run()
    assert history.run(later=DAY) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
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
def test_a_change_is_told_once(before: object, after: object, told: list[tuple[str, str]]) -> None:
    """In the run that saw it, and never again."""
    history = _after(before)
    history.facts[A] = after  # type: ignore[assignment]  # facts of an account
    assert history.run(later=DAY) == told
    assert history.run(later=DAY) == []


def test_a_severity_that_changed_says_what_it_was() -> None:
    """And what it is, in the sentence of the verdict."""
    history = _after(LOW)
    history.facts[A] = AT_RISK
    (change,) = history.audit().run(RunRequest(), "run").changes
    assert change.detail.startswith("It was reported as LOW. Session tokens from the STS global endpoint are version 1")


def test_what_could_not_be_read_closes_nothing_and_is_not_told_as_fixed() -> None:
    """After the gap the finding is open as it was, not newly so."""
    history = _after(AT_RISK, UNREADABLE)
    assert history.entry(A).alerted_severity is not None
    history.facts[A] = AT_RISK
    assert history.run(later=DAY) == [("AUDITABLE_AGAIN", f"{A}/Coverage.1")]


def test_a_rule_that_applies_no_longer_leaves_nothing_open() -> None:
    """The list of approved Regions was taken away."""
    listed = AuditSettings(rules=Rules(regions_1=RegionsRule(approved=())))
    history = History({A: some_facts(TokenVersion(2), regions(ap_east_1="ENABLED"))}, settings=listed)
    assert history.run() == [("NEWLY_NONCOMPLIANT", f"{A}/Regions.1")]
    history.settings = AuditSettings()
    assert history.run(later=DAY) == [("FIXED", f"{A}/Regions.1")]
    assert history.run(later=DAY) == []


def test_an_exemption_that_is_taken_out_is_silent() -> None:
    """Somebody took it on, who knows of it."""
    history = _after(AT_RISK)
    history.settings = exempt(A, TODAY + 300 * DAY)
    assert history.run(later=DAY) == []
    history.facts[A] = FINE
    assert history.run(later=DAY) == []


def test_an_exemption_about_to_end_is_told_once_for_each_end() -> None:
    """Fourteen days before, also where the days of the run in between were missed, and again for a new end."""
    history = History({A: AT_RISK}, settings=exempt(A, TODAY + 15 * DAY))
    assert history.run() == []
    assert history.run(later=DAY) == [("EXEMPTION_ENDING", f"{A}/STS.1")]
    assert history.run(later=DAY) == []
    history.settings = exempt(A, TODAY + 40 * DAY)
    assert history.run(later=DAY) == []
    assert history.run(later=30 * DAY) == [("EXEMPTION_ENDING", f"{A}/STS.1")]


def test_an_exemption_that_ended_makes_its_finding_newly_noncompliant() -> None:
    """On the day after its last one."""
    history = History({A: AT_RISK}, settings=exempt(A, TODAY))
    assert history.run() == [("EXEMPTION_ENDING", f"{A}/STS.1")]
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1"), ("SETTING_IDLE", "")]


def test_the_exemption_of_what_is_fine_is_reported_only_after_its_end() -> None:
    """Nothing will open when it ends, but the entry that stays in the settings does nothing. That is reported once."""
    history = History({A: FINE}, settings=exempt(A, TODAY))
    assert history.run() == []
    assert history.run(later=DAY) == [("SETTING_IDLE", "")]
    assert history.run(later=DAY) == []


def test_an_account_that_joins_is_told_with_what_is_wrong_with_it() -> None:
    """With its place in the tree."""
    history = _after(FINE)
    history.facts["444444444444"] = AT_RISK
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", "444444444444/STS.1"), ("JOINED", "444444444444")]
    assert history.run(later=DAY) == []


@pytest.mark.parametrize("state", [None, "SUSPENDED", "PENDING_CLOSURE", "CLOSED"])
def test_an_account_that_left_is_told_with_the_reason(state: str | None) -> None:
    """Missing from the listing, or no longer open."""
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


def test_a_partial_run_tells_of_its_accounts_only() -> None:
    """Though others changed, joined and left."""
    history = _after(FINE)
    history.facts = {A: AT_RISK, "444444444444": AT_RISK}
    assert history.run(A, later=DAY) == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1")]
    assert history.run(later=DAY) == [
        ("NEWLY_NONCOMPLIANT", "444444444444/STS.1"),
        ("JOINED", "444444444444"),
        ("LEFT", B),
    ]


def test_accounts_that_the_run_had_no_time_for_are_told_as_one_change() -> None:
    """In each run that leaves some out; nothing is told of them singly."""
    history = _after(AT_RISK)
    history.remaining_time = lambda: 0
    assert history.run(later=DAY) == [("NOT_TRIED", "")]
    assert history.run(later=DAY) == [("NOT_TRIED", "")]
    history.remaining_time = lambda: 900
    assert history.run(later=DAY) == []


def test_only_a_run_that_had_too_little_time_says_that_the_next_one_begins_with_them() -> None:
    """And what has no such limit. A run in steps says in its own reasons when it reads them."""
    history = _after(AT_RISK)
    history.remaining_time = lambda: 0
    history.run(later=DAY)
    assert history.sns.published[-1].changes[0].detail == (
        "3 of 3 accounts: the run's time was up. The next run starts with them. To give each run the time it "
        f"needs, set engine: step-functions in regionproof.yaml. Accounts: {MANAGEMENT_ACCOUNT_ID}, {A}, {B}."
    )
    history.remaining_time = lambda: 900
    why = NotTried("its batch failed; the same execution reads it again")
    history.facts[A] = AccountFacts(dict.fromkeys((TokenVersion, RegionOptStatuses), why))
    history.run(later=DAY)
    assert history.sns.published[-1].changes[0].detail == (
        f"1 of 3 accounts: its batch failed; the same execution reads it again. Accounts: {A}."
    )


def test_what_is_still_open_is_told_again_after_the_time_of_the_settings() -> None:
    """All of it at once, as soon as one was not told for so long; then the time starts anew."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.facts[B] = UNREADABLE
    assert history.run(later=6 * DAY) == [("NOT_AUDITABLE", f"{B}/Coverage.1")]
    still_open = [("STILL_OPEN", f"{A}/STS.1"), ("STILL_OPEN", f"{B}/Coverage.1")]
    assert history.run(later=DAY) == still_open
    assert history.run(later=7 * DAY - timedelta(seconds=1)) == []
    assert history.run(later=timedelta(seconds=1)) == still_open


def test_the_time_until_a_reminder_comes_from_the_settings() -> None:
    """In days."""
    history = History({A: AT_RISK}, settings=AuditSettings(reminders=Reminders(open_findings_every_days=2)))
    history.run()
    assert history.run(later=DAY) == []
    assert history.run(later=DAY) == [("STILL_OPEN", f"{A}/STS.1")]


def test_a_finding_keeps_the_time_of_its_first_observation() -> None:
    """Through every change, and while it can not be read."""
    history = _after(AT_RISK, FINE, UNREADABLE, AT_RISK)
    seen = {finding.rule: finding.first_seen for finding in history.security_hub.reports[-1].findings}
    assert seen["STS.1"] == NOW + DAY
    assert history.entry(A).last_change == NOW + 4 * DAY


@pytest.mark.parametrize("later", [timedelta(), timedelta(microseconds=1), -timedelta(hours=1), -400 * DAY, DAY])
def test_every_import_is_strictly_later_than_the_one_before(later: timedelta) -> None:
    """Also where the clock stands still or goes back, and run after run."""
    history = History({A: AT_RISK})
    for _ in range(3):
        history.run(later=later)
    times = []
    for reconciliation in history.security_hub.published:
        (finding,) = (finding for finding in reconciliation.report.open_findings)
        times.append(reconciliation.updated_at(finding))
    assert all(after - before >= timedelta(milliseconds=1) for before, after in pairwise(times))


def test_a_clock_that_goes_back_tells_nothing_twice() -> None:
    """What was told in the future stays told."""
    history = History({A: AT_RISK})
    history.run()
    assert history.run(later=-DAY) == []
    history.facts[A] = FINE
    assert history.run() == [("FIXED", f"{A}/STS.1")]
    assert history.run() == []
