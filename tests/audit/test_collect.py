"""Collect: many accounts at once, each behind its own boundary."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from regionproof.audit.collect import ReadLimits, open_read_pool
from regionproof.domain.facts import OUT_OF_TIME, AccountFacts, ReadFailure, RegionOptStatuses, TokenVersion
from tests.support.builders import an_account, regions, some_facts
from tests.support.collect_all import collect
from tests.support.fakes import FakeFactReader

if TYPE_CHECKING:
    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import FactKind

A, B, C = an_account("111111111111"), an_account("222222222222"), an_account("333333333333")
BOTH: frozenset[FactKind] = frozenset({TokenVersion, RegionOptStatuses})


def _ignore(_account: Account, _facts: AccountFacts) -> None:
    """Take no notice of progress."""


@dataclass
class MeetingReader:
    """Answers only when as many accounts are being read at once as are expected."""

    expected: int
    meeting: threading.Barrier = field(init=False)

    def __post_init__(self) -> None:
        """Open the meeting."""
        self.meeting = threading.Barrier(self.expected, timeout=10)

    def read(self, _account: Account) -> AccountFacts:
        """Wait for the others."""
        self.meeting.wait()
        return some_facts()


def test_accounts_come_back_in_the_order_of_their_ids_with_their_own_facts() -> None:
    """Whichever is added or done first."""
    facts = {A.id: some_facts(TokenVersion(2)), B.id: some_facts(), C.id: some_facts(opt_in=regions(x="ENABLED"))}
    found = collect([C, A, B], FakeFactReader(facts), BOTH, ReadLimits(3), _ignore)
    assert list(found) == [A, B, C]
    assert {account.id: read for account, read in found.items()} == facts


def test_no_account_is_no_work() -> None:
    """An empty scope is a run without findings."""
    assert collect([], FakeFactReader({}), BOTH, ReadLimits(8), _ignore) == {}


def test_as_many_accounts_are_read_at_once_as_there_are_workers() -> None:
    """Four wait for each other, which only four at once can do."""
    accounts = [an_account(str(200000000000 + number)) for number in range(12)]
    found = collect(accounts, MeetingReader(4), BOTH, ReadLimits(4), _ignore)
    assert all(facts.complete for facts in found.values())


@pytest.mark.parametrize("defect", [ValueError("a defect"), KeyError("Regions"), RecursionError("deep")])
def test_a_defect_is_the_failure_of_its_own_account_only(defect: Exception) -> None:
    """Every fact of it is unread, by the defect; the others are read."""
    reader = FakeFactReader({A.id: some_facts(), B.id: defect, C.id: some_facts()})
    found = collect([A, B, C], reader, BOTH, ReadLimits(2), _ignore)
    assert found[A] == found[C] == some_facts()
    expected = ReadFailure("regionproof:ReadAccount", type(defect).__name__, str(defect))
    assert dict(found[B].results) == {TokenVersion: expected, RegionOptStatuses: expected}


@pytest.mark.parametrize("answer", [AccountFacts(), AccountFacts({TokenVersion: TokenVersion(2)})])
def test_a_fact_that_the_reader_left_out_never_counts_as_read(answer: AccountFacts) -> None:
    """An account of which something needed is missing is not audited."""
    found = collect([A], FakeFactReader({A.id: answer}), BOTH, ReadLimits(1), _ignore)[A]
    assert not found.complete
    assert found.not_tried
    assert set(found.results) == BOTH


def test_a_fact_that_nobody_needs_may_be_missing() -> None:
    """Nothing waits for it."""
    answer = AccountFacts({TokenVersion: TokenVersion(2)})
    found = collect([A], FakeFactReader({A.id: answer}), frozenset({TokenVersion}), ReadLimits(1), _ignore)[A]
    assert found.complete


def test_progress_is_told_while_accounts_are_added() -> None:
    """An organization may be listed for minutes, and its accounts are read meanwhile."""
    reading, done = MeetingReader(2), []
    with open_read_pool(reading, BOTH, ReadLimits(1), lambda account, _facts: done.append(account)) as accounts:
        accounts.add(A)
        reading.meeting.wait()  # A is being read
        accounts.add(B)
        reading.meeting.wait()  # the only worker has finished A
        accounts.add(C)
        assert done == [A]
        reading.meeting.wait()
        assert list(accounts.finish()) == done == [A, B, C]


def test_progress_is_told_once_for_each_account_in_the_calling_thread() -> None:
    """A progress bar or a log needs no lock."""
    told: list[tuple[str, int]] = []
    reader = FakeFactReader({A.id: some_facts(), B.id: ValueError("a defect"), C.id: some_facts()})
    collect(
        [A, B, C], reader, BOTH, ReadLimits(3), lambda account, _facts: told.append((account.id, threading.get_ident()))
    )
    assert sorted(told) == [(account.id, threading.get_ident()) for account in (A, B, C)]


def test_reading_does_not_wait_for_the_last_account() -> None:
    """The organization is still being listed when the first ones are read."""
    first_read = threading.Event()

    class TellingReader(FakeFactReader):
        def read(self, account: Account) -> AccountFacts:
            first_read.set()
            return super().read(account)

    reader = TellingReader({A.id: some_facts(), B.id: some_facts()})
    with open_read_pool(reader, BOTH, ReadLimits(1), _ignore) as reading:
        reading.add(A)
        assert first_read.wait(timeout=10)
        reading.add(B)
        assert list(reading.finish()) == [A, B]


def test_those_of_the_lowest_rank_are_read_first() -> None:
    """A run that is cut short leaves out those that the last one saw."""
    gate = threading.Event()

    class WaitingReader(FakeFactReader):
        def read(self, account: Account) -> AccountFacts:
            gate.wait(timeout=10)
            return super().read(account)

    reader = WaitingReader({one.id: some_facts() for one in (A, B, C)})
    with open_read_pool(reader, BOTH, ReadLimits(1), _ignore) as reading:
        reading.add(A, 5)
        reading.add(B, 7)
        reading.add(C, 6)
        gate.set()
        reading.finish()
    assert reader.asked == [A.id, C.id, B.id]


def test_an_account_whose_turn_comes_too_late_is_not_tried() -> None:
    """The pace is asked with the number of accounts that were added."""
    reader = FakeFactReader({})
    found = collect([A, B], reader, BOTH, ReadLimits(1, lambda added: added > 0), _ignore)
    assert reader.asked == []
    assert all(facts.not_tried == (OUT_OF_TIME,) for facts in found.values())
