"""Remember: the next ledger has the observations of a run and what arrived."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from regionproof.audit.remember import FORGET_AFTER, Delivery, remember
from regionproof.domain.changes import ChangeKind
from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.ledger import Entry
from regionproof.domain.receipts import Destination, Receipt, Undelivered
from regionproof.domain.run import RunRequest
from tests.support.builders import MANAGEMENT_ACCOUNT_ID, NOW
from tests.support.histories import AT_RISK, DAY, FINE, UNREADABLE, A, B, History, exempt

if TYPE_CHECKING:
    from regionproof.domain.facts import AccountFacts
    from regionproof.domain.reconciliation import Reconciliation

ALL_ARRIVED = Delivery(alert_sent=True)


def _reconciliation(history: History) -> Reconciliation:
    """Return the reconciliation of a run."""
    history.audit().run(RunRequest(), "run")
    return history.security_hub.published[-1]


def test_alerts_and_imports_that_arrived_are_recorded() -> None:
    """With their times."""
    history = History({A: AT_RISK})
    history.run()
    assert history.entry(A) == Entry(
        first_seen=NOW,
        last_seen=NOW,
        last_change=NOW,
        compliance=Compliance.NON_COMPLIANT,
        severity=Severity.HIGH,
        alerted_severity=Severity.HIGH,
        alerted_at=NOW,
        sent_at=NOW,
    )
    assert history.ledger.accounts[A].first_seen == NOW


def test_an_unchanged_observation_updates_only_the_times() -> None:
    """First seen, last change and the alert state stay."""
    history = History({A: AT_RISK})
    history.run()
    before = history.entry(A)
    history.run(later=DAY)
    assert history.entry(A) == dataclasses.replace(before, last_seen=NOW + DAY, sent_at=NOW + DAY)


def test_a_refused_alert_is_not_recorded_as_sent() -> None:
    """The observation and the import are still recorded."""
    history = History({A: AT_RISK})
    history.sns.refuses_everything = True
    history.run()
    entry = history.entry(A)
    assert (entry.compliance, entry.alerted_severity, entry.alerted_at) == (Compliance.NON_COMPLIANT, None, None)
    assert entry.sent_at == NOW


def test_an_import_that_security_hub_refused_is_not_recorded_as_sent() -> None:
    """The earlier import stays, and other findings are not affected."""
    history = History({A: AT_RISK})
    history.run()
    history.security_hub.refuses = frozenset({f"regionproof/o-exampleorg/{A}/STS.1"})
    history.run(later=DAY)
    assert history.entry(A).sent_at == NOW
    assert history.entry(A, "Coverage.1").sent_at == NOW + DAY


@pytest.mark.parametrize(
    ("receipts", "expected"),
    [
        ((), Delivery(alert_sent=False)),
        ((Receipt(Destination.SNS),), Delivery(alert_sent=True)),
        (
            (Receipt(Destination.SNS, frozenset({"a"}), omitted=frozenset({"b"})),),
            Delivery(alert_sent=True, omitted=frozenset({"b"})),
        ),
        ((Receipt(Destination.SNS, undelivered=(Undelivered("a", "X", "no"),)),), Delivery(alert_sent=False)),
        ((Receipt(Destination.SECURITY_HUB, frozenset({"a"})),), Delivery(alert_sent=False, imported=frozenset({"a"}))),
    ],
    ids=["a dry run", "nothing to report", "too much to report", "refused", "no alert at all"],
)
def test_receipts_are_summarized(receipts: tuple[Receipt, ...], expected: Delivery) -> None:
    """An alert without changes counts as sent. A missing alert does not."""
    assert Delivery.of(receipts) == expected


def test_a_change_that_was_omitted_from_the_alert_is_not_recorded_as_reported() -> None:
    """The next run reports it."""
    history = History({A: AT_RISK, B: AT_RISK})
    reconciliation = _reconciliation(history)
    omitted = next(change.key for change in reconciliation.changes if change.account_id == B)
    delivery = dataclasses.replace(ALL_ARRIVED, omitted=frozenset({omitted}))
    ledger = remember(reconciliation, delivery)
    assert ledger.entries[A, "STS.1"].alerted_severity is Severity.HIGH
    assert ledger.entries[B, "STS.1"].alerted_severity is None


def test_an_account_that_could_not_be_read_keeps_its_entry() -> None:
    """Not even ``last_seen`` changes."""
    history = History({A: AT_RISK})
    history.run()
    before = history.entry(A)
    history.facts[A] = UNREADABLE
    history.run(later=DAY)
    assert history.entry(A) == before
    assert history.entry(A, "Coverage.1").compliance is Compliance.NON_COMPLIANT


def test_an_account_that_was_never_read_has_no_entry_for_a_rule() -> None:
    """It has one for Coverage.1."""
    history = History({A: UNREADABLE})
    history.run()
    assert (A, "STS.1") not in history.ledger.entries
    assert (A, "Coverage.1") in history.ledger.entries


def test_an_exempt_finding_is_recorded_as_not_open() -> None:
    """The end of the exemption that was announced is recorded too."""
    history = History({A: AT_RISK})
    history.run()
    history.settings = exempt(A, NOW.date() + 10 * DAY)
    history.run(later=DAY)
    entry = history.entry(A)
    assert (entry.alerted_severity, entry.exemption_end_alerted) == (None, NOW.date() + 10 * DAY)


def test_the_findings_of_an_account_that_left_are_archived_once() -> None:
    """They are sent until Security Hub accepts them, and then not again."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    del history.facts[A]
    history.security_hub.refuses = frozenset({f"regionproof/o-exampleorg/{A}/STS.1"})
    departed = []
    for _ in range(3):
        history.run(later=DAY)
        departed.append({finding.rule for finding in history.security_hub.published[-1].departed})
        history.security_hub.refuses = frozenset()
    assert departed == [{"STS.1", "Coverage.1"}, {"STS.1"}, set()]
    assert history.entry(A).archived
    assert history.ledger.accounts[A].left == NOW + DAY


def test_an_account_that_left_is_forgotten_after_90_days() -> None:
    """Its entries are removed too."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    del history.facts[A]
    history.run(later=DAY)
    history.run(later=FORGET_AFTER)
    assert A in history.ledger.accounts
    assert (A, "STS.1") in history.ledger.entries
    history.run(later=timedelta(seconds=1))
    assert A not in history.ledger.accounts
    assert {account_id for account_id, _rule in history.ledger.entries} == {MANAGEMENT_ACCOUNT_ID, B}


def test_an_account_that_returns_keeps_its_history_and_is_reported_as_joined() -> None:
    """Its open findings are reported again, because an alert reported that it left."""
    history = History({A: AT_RISK, B: FINE})
    history.run()
    history.states[A] = "SUSPENDED"
    history.run(later=DAY)
    del history.states[A]
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1"), ("JOINED", A)]
    assert history.entry(A).first_seen == NOW
    known = history.ledger.accounts[A]
    assert (known.first_seen, known.left, known.presence_alerted) == (NOW, None, True)
    assert not history.entry(A).archived


@pytest.mark.parametrize("facts", [FINE, AT_RISK], ids=["fine", "at risk"])
def test_an_account_that_left_and_returned_without_an_alert_is_not_reported(facts: AccountFacts) -> None:
    """The alert that it left did not arrive, so the earlier alerts still match the actual state."""
    history = History({A: facts, B: FINE})
    history.run()
    history.states[A] = "SUSPENDED"
    history.sns.refuses_everything = True
    history.run(later=DAY)
    history.sns.refuses_everything = False
    del history.states[A]
    assert history.run(later=DAY) == []


def test_a_partial_run_does_not_record_which_accounts_are_present() -> None:
    """The first full run after it is still a first run."""
    history = History({A: AT_RISK, B: AT_RISK})
    history.run(A)
    assert history.ledger.accounts == {}
    assert {account_id for account_id, _rule in history.ledger.entries} == {A}
    assert history.run(later=DAY) == [("NEWLY_NONCOMPLIANT", f"{B}/STS.1")]


@pytest.mark.parametrize("kind", [ChangeKind.JOINED, ChangeKind.LEFT])
def test_a_move_that_was_omitted_from_the_alert_is_reported_by_the_next_run(kind: ChangeKind) -> None:
    """The ledger does not record it as reported."""
    history = History({A: FINE, B: FINE})
    history.run()
    if kind is ChangeKind.LEFT:
        del history.facts[B]
    else:
        history.facts["444444444444"] = FINE
    history.now += DAY
    reconciliation = _reconciliation(history)
    (change,) = reconciliation.changes
    assert change.kind is kind
    reported = remember(reconciliation, ALL_ARRIVED).accounts[change.account_id]
    waiting = remember(reconciliation, Delivery(alert_sent=True, omitted=frozenset({change.key}))).accounts[
        change.account_id
    ]
    assert reported.presence_alerted is (kind is ChangeKind.JOINED)
    assert waiting.presence_alerted is (kind is ChangeKind.LEFT)


def test_an_account_that_only_a_partial_run_saw_is_archived_when_it_leaves() -> None:
    """The archiving is repeated until it arrives. The account is not reported, because no alert mentioned it."""
    history = History({A: AT_RISK, B: FINE})
    history.run(A)
    history.states[A] = "SUSPENDED"
    history.security_hub.refuses_everything = True
    assert history.run(later=DAY) == []
    history.security_hub.refuses_everything = False
    assert history.run(later=DAY) == []
    assert {finding.account.id for finding in history.security_hub.published[-1].departed} == {A}
    assert history.entry(A).archived
    history.run(later=DAY)
    assert history.security_hub.published[-1].departed == ()


def test_an_account_that_a_partial_run_saw_return_is_reported_once_and_archived_again() -> None:
    """The partial run was before any full run that listed it again."""
    history = History({A: FINE, B: FINE})
    history.run()
    history.states[A] = "SUSPENDED"
    history.run(later=DAY)
    assert history.entry(A).archived
    history.states, history.facts[A] = {}, AT_RISK
    assert history.run(A, later=DAY) == [("NEWLY_NONCOMPLIANT", f"{A}/STS.1")]
    returned = history.store.ledger, history.store.version
    assert history.run(later=DAY) == [("JOINED", A)]
    history.store.ledger, history.store.version = returned
    history.states[A] = "SUSPENDED"
    history.run(later=DAY)
    assert {finding.account.id for finding in history.security_hub.published[-1].departed} == {A}
