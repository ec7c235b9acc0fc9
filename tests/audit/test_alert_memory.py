"""Alerts over many runs: every change is reported once, even if an alert did not arrive."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pytest

from regionproof.domain.changes import ChangeKind
from regionproof.domain.facts import AccountFacts, NotTried, RegionOptStatuses, TokenVersion
from regionproof.domain.findings import Severity
from regionproof.domain.receipts import Destination
from tests.support.builders import NOW
from tests.support.fakes import RecordingPublisher
from tests.support.histories import AT_RISK, DAY, FINE, A, B, History, exempt

if TYPE_CHECKING:
    from regionproof.domain.receipts import Receipt
    from regionproof.domain.reconciliation import Reconciliation

NEW = "444444444444"
KINDS = (TokenVersion, RegionOptStatuses)


class AlertWithoutRoom(RecordingPublisher):
    """Omits accounts that joined."""

    def publish(self, reconciliation: Reconciliation) -> Receipt:
        """Record the report, and return a receipt with the omitted changes."""
        receipt = super().publish(reconciliation)
        joined = {change.key for change in reconciliation.changes if change.kind is ChangeKind.JOINED}
        return dataclasses.replace(receipt, arrived=receipt.arrived - joined, omitted=frozenset(joined))


def test_a_reminder_omits_findings_that_the_same_alert_reports_as_new() -> None:
    """Only findings from earlier alerts are still open."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.facts[B] = AT_RISK
    assert history.run(later=7 * DAY) == [("NEWLY_NONCOMPLIANT", f"{B}/STS.1"), ("STILL_OPEN", f"{A}/STS.1")]


def test_an_exemption_about_to_end_is_reported_after_its_finding_was_fixed_and_opened_again() -> None:
    """The alert that it was fixed did not mention the end."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.settings, history.facts[A] = exempt(A, NOW.date() + 10 * DAY), FINE
    assert history.run(later=DAY) == [("FIXED", f"{A}/STS.1")]
    history.facts[A] = AT_RISK
    assert history.run(later=DAY) == [("EXEMPTION_ENDING", f"{A}/STS.1")]


def test_an_account_that_joined_is_reported_however_many_alerts_failed() -> None:
    """An account that several runs listed may still be missing from every alert."""
    history = History({A: FINE, B: FINE})
    history.run()
    history.facts[NEW] = FINE
    history.sns.refuses_everything = True
    for _ in range(3):
        history.run(later=DAY)
    history.sns.refuses_everything = False
    assert history.run(later=DAY) == [("JOINED", NEW)]
    assert history.run(later=DAY) == []


def test_an_account_that_left_is_not_reported_again_after_a_failed_alert() -> None:
    """The failed alert was about another account."""
    history = History({A: FINE, B: FINE})
    history.run()
    del history.facts[A]
    assert history.run(later=DAY) == [("LEFT", A)]
    history.facts[B] = AT_RISK
    history.sns.refuses_everything = True
    history.run(later=DAY)
    history.sns.refuses_everything = False
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", f"{B}/STS.1")]


def test_an_account_that_only_a_partial_run_saw_is_never_reported_as_left() -> None:
    """No alert ever reported it as present, even if the first alert after it left failed."""
    history = History({A: FINE, B: FINE})
    history.run(A)
    history.states[A] = "SUSPENDED"
    history.facts[B] = AT_RISK
    history.sns.refuses_everything = True
    history.run(later=DAY)
    history.sns.refuses_everything = False
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", f"{B}/STS.1")]
    assert history.run(later=DAY) == []


def test_the_finding_of_a_new_account_is_reported_once_even_if_its_joining_was_omitted() -> None:
    """The two are separate changes of one alert."""
    history = History({A: FINE, B: FINE})
    history.run()
    history.facts[NEW] = AT_RISK
    history.sns = AlertWithoutRoom(Destination.SNS)
    history.run(later=DAY)
    assert history.entry(NEW).alerted_severity is Severity.HIGH
    history.sns = RecordingPublisher(Destination.SNS)
    assert history.run(later=DAY) == [("JOINED", NEW)]


def test_the_alert_of_an_account_that_joined_names_its_place() -> None:
    """A reader then knows which team to ask."""
    history = History({A: FINE, B: FINE})
    history.run()
    history.facts[NEW] = FINE
    history.run(later=DAY)
    (change,) = history.sns.published[-1].changes
    assert "Root/Workloads/Production" in change.detail


def test_the_last_findings_of_an_account_that_left_carry_its_name() -> None:
    """The name from the last listing."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    del history.facts[A]
    history.run(later=DAY)
    assert {finding.account.name for finding in history.security_hub.published[-1].departed} == {"orders"}


def test_an_unknown_rule_in_the_ledger_does_not_stop_a_run() -> None:
    """A newer version may have written the ledger. Findings of known rules are still archived."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    entries = history.ledger.entries
    unknown_rule = {(A, "Tomorrow.1"): entries[A, "STS.1"]}
    history.store.ledger = dataclasses.replace(history.ledger, entries={**entries, **unknown_rule})
    del history.facts[A]
    assert history.run(later=DAY) == [("LEFT", A)]
    assert "STS.1" in {finding.rule for finding in history.security_hub.published[-1].departed}


@pytest.mark.parametrize("reasons", [1, 3, 4, 30])
def test_all_accounts_that_were_not_tried_are_counted_and_some_are_named(reasons: int) -> None:
    """At most 20 accounts and three reasons are named, because the size of an alert is limited."""
    accounts = [str(200000000000 + number) for number in range(30)]
    untried = [AccountFacts(dict.fromkeys(KINDS, NotTried(f"reason {n % reasons}"))) for n in range(len(accounts))]
    history = History(dict(zip(accounts, untried, strict=True)))
    history.run()
    (change,) = history.sns.published[-1].changes
    assert change.detail.startswith("30 of 31 accounts: reason 0")
    assert re.findall(r"\b\d{12}\b", change.detail) == accounts[:20]
    assert change.detail.count("reason") == min(reasons, 3)
