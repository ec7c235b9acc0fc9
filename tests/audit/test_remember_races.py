"""Remember on a ledger that another run wrote meanwhile: neither run's news are lost."""

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

ALL_TOLD = Delivery(alert_sent=True)


def _news(history: History) -> Reconciliation:
    """Return what a run of the history has to publish, remembered by nobody."""
    read = history.store.ledger, history.store.version
    history.audit().run(RunRequest(), "run")
    history.store.ledger, history.store.version = read
    return history.security_hub.published[-1]


def _merged(reconciliation: Reconciliation, newer: Ledger, delivery: Delivery = ALL_TOLD) -> Ledger:
    """Return what a run writes that meets a newer ledger than the one that it read."""
    return merge(reconciliation.ledger, remember(reconciliation, delivery), newer)


def test_remembering_twice_is_remembering_once() -> None:
    """S3 may have taken a write whose answer was lost: the second try finds its own ledger there."""
    history = History({A: AT_RISK, B: UNREADABLE})
    history.run()
    history.facts = {A: FINE, "444444444444": AT_RISK}
    history.now += DAY
    reconciliation = _news(history)
    delivery = Delivery(alert_sent=True, imported=frozenset(finding.id for finding in reconciliation.report.findings))
    once = remember(reconciliation, delivery)
    assert _merged(reconciliation, once, delivery) == once


def _raced(history: History, facts_of_the_other: object, later: timedelta) -> tuple[Reconciliation, Ledger]:
    """Return a run, and the ledger that another one wrote since it read."""
    reconciliation = _news(history)
    history.facts[A] = facts_of_the_other  # type: ignore[assignment]  # facts of an account
    history.run(later=later)
    return reconciliation, history.ledger


def test_a_later_observation_of_another_run_stays() -> None:
    """With all that it told."""
    history = History({A: FINE, B: FINE})
    history.run()
    history.facts[B] = AT_RISK
    reconciliation, newer = _raced(history, AT_RISK, timedelta(hours=1))
    merged = _merged(reconciliation, newer)
    assert merged.entries[A, "STS.1"] == newer.entries[A, "STS.1"]
    assert merged.entries[B, "STS.1"].alerted_severity is Severity.HIGH


def test_what_another_run_told_is_remembered_by_a_run_that_saw_it_fixed() -> None:
    """The next run tells so; this one did not know that anybody thought it open."""
    history = History({A: FINE})
    history.run()
    history.now += timedelta(hours=2)
    reconciliation, newer = _raced(history, AT_RISK, -timedelta(hours=1))
    assert newer.entries[A, "STS.1"].alerted_severity is Severity.HIGH
    merged = _merged(reconciliation, newer).entries[A, "STS.1"]
    assert (merged.compliance, merged.alerted_severity) == (Compliance.COMPLIANT, Severity.HIGH)


def test_what_this_run_told_is_remembered_though_another_one_saw_it_later() -> None:
    """People heard it."""
    history = History({A: FINE})
    history.run()
    history.facts[A] = AT_RISK
    reconciliation, newer = _raced(history, FINE, timedelta(hours=1))
    merged = _merged(reconciliation, newer).entries[A, "STS.1"]
    assert (merged.compliance, merged.alerted_severity) == (Compliance.COMPLIANT, Severity.HIGH)


def test_an_account_that_another_run_saw_join_is_not_gone() -> None:
    """This one listed the organization before."""
    history = History({A: FINE})
    history.run()
    reconciliation = _news(history)
    history.facts[B] = FINE
    history.run(later=DAY)
    merged = _merged(reconciliation, history.ledger)
    assert merged.accounts[B] == history.ledger.accounts[B]
    assert merged.accounts[B].left is None


def test_what_another_run_saw_of_a_part_stays_though_nobody_listed_the_account() -> None:
    """It joined after this run listed the organization."""
    history = History({A: FINE})
    history.run()
    reconciliation = _news(history)
    history.facts[B] = AT_RISK
    history.run(B, later=timedelta(hours=1))
    merged = _merged(reconciliation, history.ledger)
    assert merged.entries[B, "STS.1"] == history.ledger.entries[B, "STS.1"]
    assert B not in merged.accounts


def test_where_two_runs_told_different_things_the_next_one_tells_what_is_true() -> None:
    """Nobody knows which message was read last."""
    history = History({A: some_facts()})
    history.run()
    history.facts[A] = AT_RISK
    reconciliation, newer = _raced(history, FINE, -timedelta(hours=1))
    assert newer.entries[A, "STS.1"].alerted_severity is None
    history.store.ledger = _merged(reconciliation, newer)
    history.facts[A] = AT_RISK
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1")]
