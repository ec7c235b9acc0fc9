"""A run that another run overtook: it keeps the later observations of the other run, before and after its alert."""

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
    """Read the organization and the ledger, let other runs start an hour later without access to B, and conclude."""
    audit = history.audit()
    plan = audit.plan(RunRequest(), "run")
    facts = audit.collect(plan.accounts)
    snapshot = history.store.read("o-exampleorg")
    history.now += HOUR
    history.facts[B] = UNREADABLE
    meanwhile()
    history.now -= HOUR
    return audit.conclude(plan, facts, snapshot)


def _with_change(history: History) -> History:
    """Give B a change that cannot be delivered, so each run records an intent."""
    history.run()
    history.now += DAY
    history.facts[B] = AT_RISK
    history.sns.refuses_everything = True
    return history


def test_an_account_that_joined_meanwhile_is_not_reported_as_left() -> None:
    """The other run listed it. This run had listed the organization before."""
    history = _with_change(History())

    def joins() -> None:
        history.facts[C] = FINE
        history.run()

    outcome = _overtaken(history, joins)
    assert {change.account_id for change in outcome.changes} == {B}
    assert history.ledger.accounts[C].left is None
    assert (C, "STS.1") in history.ledger.entries


def test_an_account_that_left_meanwhile_is_not_reported_as_present() -> None:
    """The alert does not mention it, the ledger has it as departed, and its findings stay archived."""
    history = _with_change(History())

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


def test_a_finding_that_another_run_archived_meanwhile_stays_archived() -> None:
    """The import of the older run is not later than the archiving, so Security Hub ignores it."""
    history = _with_change(History())

    def leaves() -> None:
        history.states[A] = "SUSPENDED"
        history.run()

    outcome = _overtaken(history, leaves)
    finding = next(f for f in outcome.report.findings if (f.account.id, f.rule) == (A, "STS.1"))
    archived_at = history.entry(A).sent_at
    assert archived_at
    assert history.security_hub.published[-1].updated_at(finding) < archived_at


def test_observations_of_a_new_account_by_a_partial_run_meanwhile_stay() -> None:
    """This run did not list the account, but must not treat it as departed."""
    history = _with_change(History())

    def is_seen() -> None:
        history.facts[C] = AT_RISK
        history.run(C)
        del history.facts[C]

    _overtaken(history, is_seen)
    assert history.security_hub.published[-1].departed == ()
    assert (C, "STS.1") in history.ledger.entries
    assert C not in history.ledger.accounts


def test_an_account_that_a_partial_run_read_meanwhile_still_counts_as_joined() -> None:
    """This run lists it for the first time."""
    history = _with_change(History())
    history.facts[C] = FINE

    def is_seen() -> None:
        history.run(C)

    outcome = _overtaken(history, is_seen)
    assert ("JOINED", C) in {(change.kind.name, change.account_id) for change in outcome.changes}
    assert C in history.ledger.accounts


def test_opt_in_regions_that_another_run_read_later_stay() -> None:
    """This run has read the account too, but earlier."""
    history = _with_change(History())

    def enables() -> None:
        history.facts[A] = AT_RISK
        history.run(A)

    _overtaken(history, enables)
    known = history.ledger.accounts[A]
    assert (known.uses_opt_in_region, known.opt_in_read_at) == (True, history.now + HOUR)
    assert history.entry(A).compliance is Compliance.NON_COMPLIANT


def test_an_observation_by_another_run_that_is_not_later_is_replaced() -> None:
    """Only later observations are kept. This run also saw that the finding is open."""
    history = _with_change(History())
    stale = history.ledger

    def touches() -> None:
        entry = replace(stale.entries[B, "STS.1"], last_seen=history.now - HOUR, sent_at=history.now - HOUR)
        _write(history.store, replace(stale, entries={**stale.entries, (B, "STS.1"): entry}))

    outcome = _overtaken(history, touches)
    assert {change.account_id for change in outcome.changes} == {B}
    assert history.entry(B).compliance is Compliance.NON_COMPLIANT


def test_an_entry_with_a_time_in_the_future_is_not_attributed_to_another_run() -> None:
    """The entry existed when this run began, because a clock was wrong. This run replaces it."""
    history = _with_change(History())
    ahead = history.now + 9 * DAY
    ledger = history.ledger
    entries = {**ledger.entries, (B, "STS.1"): replace(ledger.entries[B, "STS.1"], last_seen=ahead)}
    accounts = {**ledger.accounts, B: replace(ledger.accounts[B], opt_in_read_at=ahead)}
    _write(history.store, replace(ledger, entries=entries, accounts=accounts))

    def touches() -> None:
        current = history.ledger
        changed = replace(current.entries[A, "STS.1"], sent_at=history.now - 2 * HOUR)
        _write(history.store, replace(current, entries={**current.entries, (A, "STS.1"): changed}))

    outcome = _overtaken(history, touches)
    assert {change.account_id for change in outcome.changes} == {B}
    assert history.ledger.accounts[B].opt_in_read_at == history.now
    assert history.ledger.accounts[B].uses_opt_in_region is True


def _write(store: FakeLedgerStore, ledger: Ledger) -> None:
    store.write(ledger, store.read("o-exampleorg"), "other")


@pytest.mark.parametrize("what_happened", ["deleted", "damaged"])
def test_a_ledger_that_is_lost_during_the_alert_is_written_again_by_this_run(what_happened: str) -> None:
    """A damaged file is set aside, and the next run reports this. The data of this run is not lost."""

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
