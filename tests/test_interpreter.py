"""During audits the interpreter serves many threads and records; before and after them it is as it was."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from regionproof.domain.receipts import Destination, Receipt
from regionproof.domain.run import RunRequest
from regionproof.runtime import OBJECTS_UNTIL_COLLECTION, SWITCH_SECONDS, tuned_for_many_threads
from tests.support.fakes import FakeLedgerStore

from .audit.test_run import FINE, World

if TYPE_CHECKING:
    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import AccountFacts
    from regionproof.domain.reconciliation import Reconciliation


def now() -> tuple[float, tuple[int, int, int]]:
    """Return the settings of this process."""
    return sys.getswitchinterval(), gc.get_threshold()


def assert_for_many_accounts() -> None:
    """Assert that an audit is under way, as far as the interpreter tells."""
    assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS, rel=0.001)
    assert gc.get_threshold()[0] == OBJECTS_UNTIL_COLLECTION


def test_no_test_leaves_the_process_otherwise() -> None:
    """Python's own settings, whatever ran in this process before."""
    assert sys.getswitchinterval() == pytest.approx(0.005)
    assert gc.get_threshold()[0] in {700, 2000}


def test_the_block_leaves_everything_as_it_was() -> None:
    """Also where it fails."""
    before = now()
    with contextlib.suppress(LookupError), tuned_for_many_threads():
        assert_for_many_accounts()
        raise LookupError
    assert now() == before


def test_the_last_of_several_blocks_puts_it_back() -> None:
    """Whether they end in the order in which they began or not."""
    before = now()
    for first, second in ((0, 1), (1, 0)):
        blocks = [contextlib.ExitStack(), contextlib.ExitStack()]
        for block in blocks:
            block.enter_context(tuned_for_many_threads())
        blocks[first].close()
        assert_for_many_accounts()
        blocks[second].close()
        assert now() == before


@dataclass
class Watch:
    """Notes the interpreter's settings at every account and publication."""

    seen: set[tuple[float, int]] = field(default_factory=set)

    def read(self, _account: Account) -> AccountFacts:
        """Note them, and read nothing of interest."""
        self.seen.add(self.now())
        return FINE

    def publish(self, _reconciled: Reconciliation) -> Receipt:
        """Note them."""
        self.seen.add(self.now())
        return Receipt(Destination.SNS)

    @staticmethod
    def now() -> tuple[float, int]:
        """Return those that an audit changes."""
        return round(sys.getswitchinterval(), 3), gc.get_threshold()[0]


@pytest.mark.parametrize("in_one", [True, False])
def test_a_run_reads_and_publishes_with_an_interpreter_for_many_threads(in_one: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """Whether it is one call or three; after each the process is as it was."""
    watch, before, during = Watch(), Watch.now(), {(SWITCH_SECONDS, OBJECTS_UNTIL_COLLECTION)}
    audit = dataclasses.replace(World().audit(), reader=watch, publishers=(watch,))
    if in_one:
        audit.run(RunRequest(), "run-1")
    else:
        plan = audit.plan(RunRequest(), "run-1")
        facts = audit.collect(plan.accounts)
        assert (watch.now(), watch.seen) == (before, during)
        watch.seen.clear()
        audit.conclude(plan, facts, FakeLedgerStore().read(plan.organization.id))
    assert (watch.now(), watch.seen) == (before, during)
