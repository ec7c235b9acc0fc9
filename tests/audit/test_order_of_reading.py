"""The order in which a run reads accounts: least recently seen first."""

from __future__ import annotations

import dataclasses
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from regionproof.audit.run import Progress
from regionproof.domain.findings import Compliance, Severity
from regionproof.domain.ledger import Entry, KnownAccount, Ledger
from regionproof.domain.run import RunRequest
from tests.support.builders import MANAGEMENT_ACCOUNT_ID, NOW, ORGANIZATION_ID
from tests.support.fakes import FakeFactReader, FakeLedgerStore

from .test_run import A, B, C, World

if TYPE_CHECKING:
    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import AccountFacts


def _ledger(days_since_seen: dict[str, int]) -> Ledger:
    """Return a ledger in which each account was last seen this many days ago."""
    last_seen = {account_id: NOW - timedelta(days=days) for account_id, days in days_since_seen.items()}
    return Ledger(
        ORGANIZATION_ID,
        {account_id: KnownAccount("orders", at) for account_id, at in last_seen.items()},
        {
            (one, "STS.1"): Entry(at, at, at, Compliance.COMPLIANT, Severity.INFORMATIONAL)
            for one, at in last_seen.items()
        },
    )


def test_a_run_starts_with_the_accounts_that_were_seen_longest_ago() -> None:
    """Accounts that no run has seen come first. Runs that run out of time then do not skip the same ones each time."""
    world = World(ledger=FakeLedgerStore(_ledger({A: 1, C: 2}), 1))
    all_listed = threading.Event()

    class PatientReader(FakeFactReader):
        def read(self, account: Account) -> AccountFacts:
            assert all_listed.wait(timeout=10)
            return super().read(account)

    world.reader = PatientReader(world.facts)
    progress = Progress(started=lambda _total: all_listed.set())
    dataclasses.replace(world.audit(), progress=progress).run(RunRequest(), "run-2")
    assert world.reader.asked == [MANAGEMENT_ACCOUNT_ID, B, C, A]
