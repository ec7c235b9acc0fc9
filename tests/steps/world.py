"""An organization for runs in steps, with their destinations and ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from regionproof.audit.run import Audit
from regionproof.domain.facts import AccountFacts, TokenVersion
from regionproof.domain.receipts import Destination
from regionproof.domain.run import RunRequest
from regionproof.settings.shape import AuditSettings
from regionproof.steps.run import BatchTimedOut
from regionproof.time_budget import TimeBudget, no_time_limit
from tests.support.builders import (
    DENIED,
    IDENTITY,
    MANAGEMENT_ACCOUNT_ID,
    NOW,
    an_account,
    an_organization,
    regions,
    some_facts,
)
from tests.support.fakes import FakeFactReader, FakeLedgerStore, FakeOrganizationSource, RecordingPublisher

from .stepping import Steps

if TYPE_CHECKING:
    from datetime import datetime

    from regionproof.steps.run import Conclusion

OTHERS = tuple(f"{number:012}" for number in range(222222222222, 222222222222 + 7))
FINE = some_facts(TokenVersion(2))
AT_RISK = some_facts(opt_in=regions(ap_east_1="ENABLED"))
UNREADABLE = some_facts(DENIED, DENIED)
BATCHES = 4
LAST_BATCH = OTHERS[-2:]
"""The two accounts of batch 3: eight accounts make four batches of two."""


@dataclass
class World:
    """An organization of eight accounts: one at risk, one unreadable, the others compliant."""

    facts: dict[str, AccountFacts | Exception] = field(
        default_factory=lambda: {
            MANAGEMENT_ACCOUNT_ID: FINE,
            **dict.fromkeys(OTHERS, FINE),
            OTHERS[0]: AT_RISK,
            OTHERS[1]: UNREADABLE,
        }
    )
    security_hub: RecordingPublisher = field(default_factory=RecordingPublisher)
    sns: RecordingPublisher = field(default_factory=lambda: RecordingPublisher(Destination.SNS))
    ledger: FakeLedgerStore = field(default_factory=FakeLedgerStore)
    reads_left: float = float("inf")
    now: datetime = NOW
    asked: list[str] = field(default_factory=list)
    settings: AuditSettings = field(default_factory=AuditSettings)

    def audit(self) -> Audit:
        """Return the audit of one step. Its time is up after it has read ``reads_left`` accounts."""
        reader = FakeFactReader(self.facts, self.asked)
        last = len(self.asked) + self.reads_left
        return Audit(
            settings=self.settings,
            identity=IDENTITY,
            organization=FakeOrganizationSource(an_organization(*map(an_account, OTHERS))),
            reader=reader,
            publishers=(self.security_hub, self.sns),
            clock=lambda: self.now,
            workers=1,
            ledger=self.ledger,
            budget=TimeBudget(lambda: 0 if len(self.asked) >= last else no_time_limit()),
        )

    def steps(self) -> Steps:
        """Return a run over this world."""
        return Steps(self.audit)

    def run_with_no_time_for_the_second_account(self) -> Conclusion:
        """Run every step. Batch 0 has only time to read one of its two accounts."""
        steps = self.steps()
        steps.plan(RunRequest())
        self.reads_left = 1
        with pytest.raises(BatchTimedOut):
            steps.collect(0)
        self.reads_left = float("inf")
        for number in range(1, BATCHES):
            steps.collect(number)
        return steps.conclude()
