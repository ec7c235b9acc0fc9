"""Intent before effect: the ledger keeps possible states until an alert that arrives settles them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from regionproof.audit.merge import merge
from regionproof.audit.remember import Delivery, intend, remember
from regionproof.domain.findings import Severity
from regionproof.domain.run import RunRequest
from regionproof.settings.shape import AuditSettings
from tests.support.builders import NOW, regions, some_facts
from tests.support.histories import AT_RISK, DAY, FINE, UNREADABLE, A, B, History, exempt

if TYPE_CHECKING:
    from regionproof.domain.facts import AccountFacts
    from regionproof.domain.ledger import Ledger
    from regionproof.domain.reconciliation import Reconciliation

V1 = some_facts()
OPENED, FIXED, CHANGED = ((kind, f"{A}/STS.1") for kind in ("NEWLY_NONCOMPLIANT", "FIXED", "SEVERITY_CHANGED"))


def _run(history: History, facts: AccountFacts, *, answered: bool = True) -> list[tuple[str, str]]:
    """Run a day later. The alert arrives, or its outcome is unknown."""
    history.facts[A] = facts
    history.sns.loses_answers = not answered
    return history.run(later=DAY)


@pytest.mark.parametrize(
    ("before", "uncertain", "now", "expected"),
    [
        (FINE, AT_RISK, AT_RISK, [OPENED]),
        (FINE, AT_RISK, V1, [OPENED]),
        (FINE, AT_RISK, FINE, [FIXED]),
        (AT_RISK, FINE, FINE, [FIXED]),
        (AT_RISK, FINE, AT_RISK, [OPENED]),
        (AT_RISK, V1, V1, [CHANGED]),
        (AT_RISK, V1, AT_RISK, [CHANGED]),
        (AT_RISK, V1, FINE, [FIXED]),
        (AT_RISK, FINE, UNREADABLE, [("NOT_AUDITABLE", f"{A}/Coverage.1")]),
    ],
)
def test_after_an_alert_of_unknown_outcome_the_next_one_reports_the_actual_state(
    before: AccountFacts, uncertain: AccountFacts, now: AccountFacts, expected: list[tuple[str, str]]
) -> None:
    """It does so once. Afterwards readers know the state, whichever alert they read before."""
    history = History({A: before, B: FINE})
    history.run()
    _run(history, uncertain, answered=False)
    assert _run(history, now) == expected
    assert _run(history, now) == []


def test_a_finding_that_was_possibly_reported_stays_uncertain_while_it_cannot_be_read() -> None:
    """The uncertainty does not expire."""
    history = History()
    history.run()
    _run(history, AT_RISK, answered=False)
    _run(history, UNREADABLE)
    assert history.entry(A).beliefs == {None, Severity.HIGH}
    assert FIXED in _run(history, FINE)


def test_several_alerts_of_unknown_outcome_add_up() -> None:
    """Readers may have received any of them, or none."""
    history = History()
    history.run()
    _run(history, AT_RISK, answered=False)
    _run(history, V1, answered=False)
    assert history.entry(A).beliefs == {None, Severity.HIGH, Severity.LOW}
    _run(history, FINE, answered=False)
    assert history.entry(A).beliefs == {None, Severity.HIGH, Severity.LOW}
    assert _run(history, FINE) == [FIXED]
    assert history.entry(A).beliefs == {None}


def test_an_alert_mentions_that_an_earlier_one_may_not_have_arrived() -> None:
    """A reader who gets both alerts is then not puzzled."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    _run(history, V1, answered=False)
    history.sns.loses_answers = False
    history.now += DAY
    (change,) = history.audit().run(RunRequest(), "run").changes
    assert change.detail.startswith("It was reported as HIGH or LOW. ")
    assert change.detail.endswith(" An earlier alert about this may not have arrived.")


@pytest.mark.parametrize("kind", ["JOINED", "LEFT"])
@pytest.mark.parametrize("is_back", [True, False])
def test_a_move_of_unknown_outcome_is_settled_by_the_next_alert(kind: str, is_back: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """Even if the account moved back in the meantime."""
    away, there = {A: "SUSPENDED"}, dict[str, str]()
    first, then = (away, there) if kind == "JOINED" else (there, away)
    history = History(states=first)
    history.run()
    history.states = then
    history.sns.loses_answers = True
    assert history.run(later=DAY) == [(kind, A)]
    assert history.ledger.accounts[A].presence_uncertain
    history.sns.loses_answers = False
    history.states = first if is_back else then
    opposite = {"JOINED": "LEFT", "LEFT": "JOINED"}[kind]
    assert history.run(later=DAY) == [(opposite if is_back else kind, A)]
    assert not history.ledger.accounts[A].presence_uncertain
    assert history.run(later=DAY) == []


def test_open_findings_of_an_account_whose_leaving_is_uncertain_are_reported_when_it_returns() -> None:
    """A reader who knows that it left believes that its findings are gone."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.states = {A: "SUSPENDED"}
    history.sns.loses_answers = True
    history.run(later=DAY)
    assert history.entry(A).beliefs == {None, Severity.HIGH}
    history.states, history.sns.loses_answers = {}, False
    assert history.run(later=DAY) == [OPENED, ("JOINED", A)]


def test_a_refused_alert_leaves_nothing_uncertain() -> None:
    """The topic refused the message, so it cannot have arrived."""
    history = History({A: AT_RISK, B: FINE})
    history.sns.refuses_everything = True
    history.run()
    assert history.entry(A).beliefs == {None}
    assert history.ledger.intent is None
    history.sns.refuses_everything = False
    history.facts[A] = FINE
    assert history.run(later=DAY) == []


def test_the_end_of_an_exemption_is_announced_again_after_an_unknown_outcome() -> None:
    """One repetition is enough, if it arrives."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.settings = exempt(A, NOW.date() + 10 * DAY)
    ending = ("EXEMPTION_ENDING", f"{A}/STS.1")
    assert _run(history, AT_RISK, answered=False) == [ending]
    assert _run(history, AT_RISK) == [ending]
    assert _run(history, AT_RISK) == []
    history.settings = AuditSettings()
    assert _run(history, AT_RISK) == [OPENED]


def test_a_reminder_of_unknown_outcome_is_repeated() -> None:
    """It is repeated the next day, not after another week."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.now += 7 * DAY
    still = ("STILL_OPEN", f"{A}/STS.1")
    assert _run(history, AT_RISK, answered=False) == [still]
    assert history.entry(A).possibly_alerted_severities == ()
    assert _run(history, AT_RISK) == [still]
    assert _run(history, AT_RISK) == []


def _unsettled_run(history: History) -> tuple[Reconciliation, Ledger]:
    """Return the reconciliation of a run, and the ledger with its intent."""
    history.now += DAY
    history.audit().run(RunRequest(), "run")
    reconciliation = history.security_hub.published[-1]
    return reconciliation, intend(reconciliation)


def test_a_change_that_was_omitted_from_an_alert_of_unknown_outcome_was_not_reported() -> None:
    """It does not matter whether the alert arrived."""
    history = History()
    history.run()
    history.facts[A] = AT_RISK
    reconciliation, _ = _unsettled_run(history)
    (change,) = reconciliation.changes
    delivery = Delivery(alert_sent=False, uncertain=True, omitted=frozenset({change.key}))
    assert remember(reconciliation, delivery).entries[A, "STS.1"].beliefs == {None}


@pytest.mark.parametrize(
    ("delivery", "beliefs"),
    [
        (Delivery(alert_sent=True), {Severity.HIGH}),
        (Delivery(alert_sent=False), {None}),
        (Delivery(alert_sent=False, uncertain=True), {None, Severity.HIGH}),
    ],
    ids=["arrived", "refused", "unknown"],
)
def test_a_run_settles_its_own_intent_in_a_ledger_that_another_run_wrote_since(
    delivery: Delivery, beliefs: set[Severity | None]
) -> None:
    """The other run saw a change in a third account, and did not report the first one."""
    history = History()
    history.run()
    history.facts[A] = AT_RISK
    reconciliation, intended = _unsettled_run(history)
    theirs = replace(
        intended,
        entries={**intended.entries, (B, "STS.1"): replace(intended.entries[B, "STS.1"], last_seen=NOW + 9 * DAY)},
    )
    merged = merge(intended, remember(reconciliation, delivery), theirs)
    assert merged.entries[A, "STS.1"].beliefs == beliefs
    assert merged.entries[B, "STS.1"] == theirs.entries[B, "STS.1"]
    assert merged.intent is None


def test_the_intent_of_another_run_stays_when_this_one_settles_its_own() -> None:
    """The other run may be sending its alert at this moment."""
    history = History()
    history.run()
    history.facts[A] = AT_RISK
    reconciliation, intended = _unsettled_run(history)
    assert intended.intent
    theirs = replace(intended, intent=replace(intended.intent, run_id="another"))
    assert merge(intended, remember(reconciliation, Delivery(alert_sent=True)), theirs).intent == theirs.intent


@pytest.mark.parametrize("earlier", [True, False])
def test_if_two_runs_reported_different_severities_both_are_possible(earlier: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """The order of observations does not matter, because it is unknown which message was read last."""
    history = History()
    history.run()
    history.facts[A] = AT_RISK
    reconciliation, intended = _unsettled_run(history)
    entry = intended.entries[A, "STS.1"].alerted(Severity.LOW)
    seen = entry.last_seen + timedelta(hours=-1 if earlier else 1)
    theirs = replace(intended, entries={**intended.entries, (A, "STS.1"): replace(entry, last_seen=seen)})
    merged = merge(intended, remember(reconciliation, Delivery(alert_sent=True)), theirs)
    assert merged.entries[A, "STS.1"].beliefs == {Severity.LOW, Severity.HIGH}


def test_a_finding_whose_archiving_did_not_arrive_is_not_recorded_as_archived() -> None:
    """Its last import keeps its time, too."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    sent_at = history.entry(A).sent_at
    del history.facts[A]
    history.security_hub.refuses = frozenset({f"regionproof/o-exampleorg/{A}/STS.1"})
    history.run(later=DAY)
    assert not history.entry(A).archived
    assert history.entry(A).sent_at == sent_at
    assert history.entry(A, "Coverage.1").sent_at == NOW + DAY


def test_an_intent_does_not_record_imports() -> None:
    """Security Hub has not received anything yet."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    del history.facts[A]
    _, intended = _unsettled_run(history)
    assert not intended.entries[A, "STS.1"].archived
    assert intended.entries[A, "STS.1"].sent_at == NOW


def test_an_intent_contains_all_observations_of_the_run() -> None:
    """They are not lost if the run dies."""
    history = History()
    history.run()
    history.facts[A] = some_facts(opt_in=regions(ap_east_1="ENABLING"))
    _, intended = _unsettled_run(history)
    assert intended.accounts[A].uses_opt_in_region is True
    assert intended.entries[A, "STS.1"].severity is Severity.HIGH
    assert intended.entries[A, "STS.1"].last_seen == NOW + DAY
