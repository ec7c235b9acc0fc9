"""Collect: many accounts at once, and a failure in one does not affect the others."""

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
    """Ignore progress."""


@dataclass
class MeetingReader:
    """Answers only after the expected number of accounts are being read at once."""

    expected: int
    meeting: threading.Barrier = field(init=False)

    def __post_init__(self) -> None:
        """Create the barrier."""
        self.meeting = threading.Barrier(self.expected, timeout=10)

    def read(self, _account: Account) -> AccountFacts:
        """Wait for the other threads."""
        self.meeting.wait()
        return some_facts()


def test_accounts_come_back_in_the_order_of_their_ids_with_their_own_facts() -> None:
    """The order of adding and finishing does not matter."""
    facts = {A.id: some_facts(TokenVersion(2)), B.id: some_facts(), C.id: some_facts(opt_in=regions(x="ENABLED"))}
    found = collect([C, A, B], FakeFactReader(facts), BOTH, ReadLimits(3), _ignore)
    assert list(found) == [A, B, C]
    assert {account.id: own for account, own in found.items()} == facts


def test_without_accounts_there_are_no_facts() -> None:
    """A run without accounts in scope has no findings."""
    assert collect([], FakeFactReader({}), BOTH, ReadLimits(8), _ignore) == {}


def test_each_worker_reads_one_account_at_a_time() -> None:
    """Four reads wait for each other, which only works if four run at once."""
    accounts = [an_account(str(200000000000 + number)) for number in range(12)]
    found = collect(accounts, MeetingReader(4), BOTH, ReadLimits(4), _ignore)
    assert all(facts.complete for facts in found.values())


@pytest.mark.parametrize("defect", [ValueError("a defect"), KeyError("Regions"), RecursionError("deep")])
def test_a_defect_affects_only_its_own_account(defect: Exception) -> None:
    """Its facts are read failures that name the defect. The other accounts are read."""
    reader = FakeFactReader({A.id: some_facts(), B.id: defect, C.id: some_facts()})
    found = collect([A, B, C], reader, BOTH, ReadLimits(2), _ignore)
    assert found[A] == found[C] == some_facts()
    expected = ReadFailure("regionproof:ReadAccount", type(defect).__name__, str(defect))
    assert dict(found[B].results) == {TokenVersion: expected, RegionOptStatuses: expected}


@pytest.mark.parametrize("answer", [AccountFacts(), AccountFacts({TokenVersion: TokenVersion(2)})])
def test_a_fact_that_the_reader_omits_never_counts_as_read(answer: AccountFacts) -> None:
    """An account without a needed fact is not audited."""
    found = collect([A], FakeFactReader({A.id: answer}), BOTH, ReadLimits(1), _ignore)[A]
    assert not found.complete
    assert found.not_tried
    assert set(found.results) == BOTH


def test_an_unneeded_fact_may_be_missing() -> None:
    """No rule uses it."""
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


def test_progress_is_reported_once_for_each_account_in_the_calling_thread() -> None:
    """A progress bar or a log then works without a lock."""
    reported: list[tuple[str, int]] = []
    reader = FakeFactReader({A.id: some_facts(), B.id: ValueError("a defect"), C.id: some_facts()})
    collect(
        [A, B, C],
        reader,
        BOTH,
        ReadLimits(3),
        lambda account, _facts: reported.append((account.id, threading.get_ident())),
    )
    assert sorted(reported) == [(account.id, threading.get_ident()) for account in (A, B, C)]


def test_reading_does_not_wait_for_the_last_account() -> None:
    """The first accounts are read while the organization is still being listed."""
    first_read = threading.Event()

    class SignallingReader(FakeFactReader):
        def read(self, account: Account) -> AccountFacts:
            first_read.set()
            return super().read(account)

    reader = SignallingReader({A.id: some_facts(), B.id: some_facts()})
    with open_read_pool(reader, BOTH, ReadLimits(1), _ignore) as pool:
        pool.add(A)
        assert first_read.wait(timeout=10)
        pool.add(B)
        assert list(pool.finish()) == [A, B]


def test_accounts_with_the_lowest_rank_are_read_first() -> None:
    """A run that runs out of time then skips the accounts that the last run read."""
    gate = threading.Event()

    class WaitingReader(FakeFactReader):
        def read(self, account: Account) -> AccountFacts:
            gate.wait(timeout=10)
            return super().read(account)

    reader = WaitingReader({one.id: some_facts() for one in (A, B, C)})
    with open_read_pool(reader, BOTH, ReadLimits(1), _ignore) as pool:
        pool.add(A, 5)
        pool.add(B, 7)
        pool.add(C, 6)
        gate.set()
        pool.finish()
    assert reader.asked == [A.id, C.id, B.id]


def test_an_account_whose_turn_comes_too_late_is_not_tried() -> None:
    """``time_is_up`` is called with the number of added accounts."""
    reader = FakeFactReader({})
    found = collect([A, B], reader, BOTH, ReadLimits(1, lambda added: added > 0), _ignore)
    assert reader.asked == []
    assert all(facts.not_tried == (OUT_OF_TIME,) for facts in found.values())
