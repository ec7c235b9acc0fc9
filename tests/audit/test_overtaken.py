"""A run that another one overtook: what that one saw later is left alone, before and after the alert."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regionproof.domain.findings import Compliance
from regionproof.domain.run import RunRequest
from tests.support.fakes import FakeLedgerStore
from tests.support.histories import AT_RISK, DAY, FINE, UNREADABLE, A, B, C, History

if TYPE_CHECKING:
    from collections.abc import Callable

    from regionproof.domain.ledger import Ledger
    from regionproof.domain.ports import LedgerSnapshot
    from regionproof.domain.run import Outcome

HOUR = DAY / 24


def _overtaken(history: History, meanwhile: Callable[[], None]) -> Outcome:
    """Read the organization and the ledger, let others run an hour later, which cannot read B, and conclude."""
    audit = history.audit()
    plan = audit.plan(RunRequest(), "run")
    facts = audit.collect(plan.accounts)
    remembered = history.store.read("o-exampleorg")
    history.now += HOUR
    history.facts[B] = UNREADABLE
    meanwhile()
    history.now -= HOUR
    return audit.conclude(plan, facts, remembered)


def _with_news(history: History) -> History:
    """Let something be news of B, so that each run records an intent."""
    history.run()
    history.now += DAY
    history.facts[B] = AT_RISK
    history.sns.refuses_everything = True
    return history


def test_who_joined_meanwhile_did_not_leave() -> None:
    """The other run listed it; this one had listed the organization before."""
    history = _with_news(History())

    def joins() -> None:
        history.facts[C] = FINE
        history.run()

    outcome = _overtaken(history, joins)
    assert {change.account_id for change in outcome.changes} == {B}
    assert history.ledger.accounts[C].left is None
    assert (C, "STS.1") in history.ledger.entries


def test_who_left_meanwhile_is_not_there() -> None:
    """Neither in the alert nor in the ledger, and its findings stay archived."""
    history = _with_news(History())

    def leaves() -> None:
        history.states[A] = "SUSPENDED"
        history.sns.refuses_everything = False
        history.run()
        archived_at.append(history.entry(A).sent_at)

    archived_at: list[object] = []
    outcome = _overtaken(history, leaves)
    assert not any(change.account_id == A for change in outcome.changes)
    known = history.ledger.accounts[A]
    assert (known.left, history.entry(A).archived, known.presence_alerted) == (history.now + HOUR, True, False)
    assert [history.entry(A).sent_at] == archived_at


def test_what_another_run_archived_meanwhile_is_not_shown_again() -> None:
    """An import of the older run is not later than the archiving."""
    history = _with_news(History())

    def leaves() -> None:
        history.states[A] = "SUSPENDED"
        history.run()

    outcome = _overtaken(history, leaves)
    finding = next(f for f in outcome.report.findings if (f.account.id, f.rule) == (A, "STS.1"))
    archived_at = history.entry(A).sent_at
    assert archived_at
    assert history.security_hub.published[-1].updated_at(finding) < archived_at


def test_what_a_partial_run_saw_of_a_new_account_meanwhile_stays() -> None:
    """This run has not listed it, so it is not gone either."""
    history = _with_news(History())

    def is_seen() -> None:
        history.facts[C] = AT_RISK
        history.run(C)
        del history.facts[C]

    _overtaken(history, is_seen)
    assert history.security_hub.published[-1].departed == ()
    assert (C, "STS.1") in history.ledger.entries
    assert C not in history.ledger.accounts


def test_an_account_that_only_a_partial_run_saw_and_this_run_lists_has_joined() -> None:
    """That somebody else read it takes nothing away from what this run sees of it."""
    history = _with_news(History())
    history.facts[C] = FINE

    def is_seen() -> None:
        history.run(C)

    outcome = _overtaken(history, is_seen)
    assert ("JOINED", C) in {(change.kind.name, change.account_id) for change in outcome.changes}
    assert C in history.ledger.accounts


def test_what_another_run_read_of_opt_in_regions_later_stays() -> None:
    """Though this run has read the account, too."""
    history = _with_news(History())

    def enables() -> None:
        history.facts[A] = AT_RISK
        history.run(A)

    _overtaken(history, enables)
    known = history.ledger.accounts[A]
    assert (known.uses_opt_in_region, known.opt_in_read_at) == (True, history.now + HOUR)
    assert history.entry(A).compliance is Compliance.NON_COMPLIANT


def test_what_another_run_saw_at_the_same_time_is_seen_again() -> None:
    """Only what is later is left alone: this run sees, too, that the finding is open."""
    history = _with_news(History())
    stale = history.ledger

    def touches() -> None:
        entry = replace(stale.entries[B, "STS.1"], last_seen=history.now - HOUR, sent_at=history.now - HOUR)
        _write(history.store, replace(stale, entries={**stale.entries, (B, "STS.1"): entry}))

    outcome = _overtaken(history, touches)
    assert {change.account_id for change in outcome.changes} == {B}
    assert history.entry(B).compliance is Compliance.NON_COMPLIANT


def test_an_entry_with_a_time_in_the_future_is_not_taken_for_another_runs() -> None:
    """It was there when this run began: a clock was wrong. This run reports and remembers what it sees."""
    history = _with_news(History())
    ahead = history.now + 9 * DAY
    ledger = history.ledger
    entries = {**ledger.entries, (B, "STS.1"): replace(ledger.entries[B, "STS.1"], last_seen=ahead)}
    accounts = {**ledger.accounts, B: replace(ledger.accounts[B], opt_in_read_at=ahead)}
    _write(history.store, replace(ledger, entries=entries, accounts=accounts))

    def touches() -> None:
        found = history.ledger
        changed = replace(found.entries[A, "STS.1"], sent_at=history.now - 2 * HOUR)
        _write(history.store, replace(found, entries={**found.entries, (A, "STS.1"): changed}))

    outcome = _overtaken(history, touches)
    assert {change.account_id for change in outcome.changes} == {B}
    assert history.ledger.accounts[B].opt_in_read_at == history.now
    assert history.ledger.accounts[B].uses_opt_in_region is True


def _write(store: FakeLedgerStore, ledger: Ledger) -> None:
    store.write(ledger, store.read("o-exampleorg"), "other")


@pytest.mark.parametrize("what_happened", ["deleted", "damaged"])
def test_a_ledger_that_vanishes_during_the_alert_is_written_anew_from_what_this_run_knows(what_happened: str) -> None:
    """What is there is kept aside and reported by the next run; nothing that this run remembers is lost."""

    class Vanishing(FakeLedgerStore):
        def write(self, ledger: Ledger, replaced: LedgerSnapshot, run_id: str) -> str:
            if self.ledger and self.ledger.intent and not ledger.intent and what_happened:
                self.ledger, happened = None, what_happens.pop() if what_happens else ""
                self.version = 0 if happened == "deleted" else self.version + 1
                self.unusable = "it is damaged" if happened == "damaged" else ""
            return super().write(ledger, replaced, run_id)

    what_happens = [what_happened]
    history = History({A: AT_RISK, B: FINE, C: FINE})
    history.run()
    del history.facts[C]
    history.run()
    history.store = Vanishing(history.store.ledger, history.store.version)
    history.facts[B] = AT_RISK
    history.run(later=DAY)
    assert history.entry(A).first_seen == history.now - DAY
    assert (C, "STS.1") in history.ledger.entries
    assert history.ledger.unreported_set_aside == ("it is damaged" if what_happened == "damaged" else "")
