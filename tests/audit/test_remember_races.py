"""Remember with a ledger that another run wrote meanwhile: no update of either run is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from regionproof.audit.merge import merge
from regionproof.audit.remember import Delivery, remember
from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.run import RunRequest
from tests.support.builders import some_facts
from tests.support.histories import AT_RISK, DAY, FINE, UNREADABLE, A, B, History

if TYPE_CHECKING:
    from regionproof.domain.ledger import Ledger
    from regionproof.domain.reconciliation import Reconciliation

ALERT_ARRIVED = Delivery(alert_sent=True)


def _reconciliation(history: History) -> Reconciliation:
    """Return the reconciliation of a run that does not change the ledger."""
    before = history.store.ledger, history.store.version
    history.audit().run(RunRequest(), "run")
    history.store.ledger, history.store.version = before
    return history.security_hub.published[-1]


def _merged(reconciliation: Reconciliation, newer: Ledger, delivery: Delivery = ALERT_ARRIVED) -> Ledger:
    """Return the ledger that a run writes if it finds a newer ledger than the one that it read."""
    return merge(reconciliation.ledger, remember(reconciliation, delivery), newer)


def test_merging_with_its_own_ledger_changes_nothing() -> None:
    """S3 may accept a write whose response is lost. The second attempt then finds its own ledger."""
    history = History({A: AT_RISK, B: UNREADABLE})
    history.run()
    history.facts = {A: FINE, "444444444444": AT_RISK}
    history.now += DAY
    reconciliation = _reconciliation(history)
    delivery = Delivery(alert_sent=True, imported=frozenset(finding.id for finding in reconciliation.report.findings))
    once = remember(reconciliation, delivery)
    assert _merged(reconciliation, once, delivery) == once


def _raced(history: History, their_facts: object, later: timedelta) -> tuple[Reconciliation, Ledger]:
    """Return a run, and the ledger that another run wrote after the first one had read it."""
    reconciliation = _reconciliation(history)
    history.facts[A] = their_facts  # type: ignore[assignment]  # facts of an account
    history.run(later=later)
    return reconciliation, history.ledger


def test_a_later_observation_of_another_run_stays() -> None:
    """Its alert state stays too."""
    history = History({A: FINE, B: FINE})
    history.run()
    history.facts[B] = AT_RISK
    reconciliation, newer = _raced(history, AT_RISK, timedelta(hours=1))
    merged = _merged(reconciliation, newer)
    assert merged.entries[A, "STS.1"] == newer.entries[A, "STS.1"]
    assert merged.entries[B, "STS.1"].alerted_severity is Severity.HIGH


def test_the_alert_of_another_run_is_recorded_by_a_run_that_saw_the_finding_fixed() -> None:
    """The next run reports it as fixed. This run did not know that it was reported as open."""
    history = History({A: FINE})
    history.run()
    history.now += timedelta(hours=2)
    reconciliation, newer = _raced(history, AT_RISK, -timedelta(hours=1))
    assert newer.entries[A, "STS.1"].alerted_severity is Severity.HIGH
    merged = _merged(reconciliation, newer).entries[A, "STS.1"]
    assert (merged.compliance, merged.alerted_severity) == (Compliance.COMPLIANT, Severity.HIGH)


def test_the_alert_of_this_run_is_recorded_although_another_run_observed_later() -> None:
    """Its alert arrived."""
    history = History({A: FINE})
    history.run()
    history.facts[A] = AT_RISK
    reconciliation, newer = _raced(history, FINE, timedelta(hours=1))
    merged = _merged(reconciliation, newer).entries[A, "STS.1"]
    assert (merged.compliance, merged.alerted_severity) == (Compliance.COMPLIANT, Severity.HIGH)


def test_an_account_that_another_run_saw_join_is_not_departed() -> None:
    """This run listed the organization before."""
    history = History({A: FINE})
    history.run()
    reconciliation = _reconciliation(history)
    history.facts[B] = FINE
    history.run(later=DAY)
    merged = _merged(reconciliation, history.ledger)
    assert merged.accounts[B] == history.ledger.accounts[B]
    assert merged.accounts[B].left is None


def test_the_entries_of_a_partial_run_stay_although_no_full_run_listed_the_account() -> None:
    """It joined after this run listed the organization."""
    history = History({A: FINE})
    history.run()
    reconciliation = _reconciliation(history)
    history.facts[B] = AT_RISK
    history.run(B, later=timedelta(hours=1))
    merged = _merged(reconciliation, history.ledger)
    assert merged.entries[B, "STS.1"] == history.ledger.entries[B, "STS.1"]
    assert B not in merged.accounts


def test_if_two_runs_reported_different_states_the_next_run_reports_the_actual_one() -> None:
    """It is unknown which message was read last."""
    history = History({A: some_facts()})
    history.run()
    history.facts[A] = AT_RISK
    reconciliation, newer = _raced(history, FINE, -timedelta(hours=1))
    assert newer.entries[A, "STS.1"].alerted_severity is None
    history.store.ledger = _merged(reconciliation, newer)
    history.facts[A] = AT_RISK
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1")]
