"""The steps of a run, each by the code of a run in one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regionproof.collecting import OUT_OF_TIME
from regionproof.domain.facts import AccountFacts, NotTried
from regionproof.errors import RegionProofError
from regionproof.rules import facts_needed

from .facts_format import BatchFacts
from .packed_json import UnusableRunFile
from .run_format import PlannedRun
from .steps import in_batches

if TYPE_CHECKING:
    from collections.abc import Callable

    from regionproof.audit import Audit, Outcome, RunRequest
    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import FactKind

    from .run_files import RunFiles

_NOT_READ = NotTried("its batch did not read it")
"""Stands for a fact that a rule came to need after its batch was read: a deployment in mid-run."""


class BatchUnfinished(RegionProofError):  # noqa: N818  # says what happened
    """The time was up before every account of a batch was read. What was read is kept; a retry reads the rest."""

    def __init__(self, batch: int, left: int, accounts: int) -> None:
        super().__init__(f"the time was up with {left} of the {accounts} accounts of batch {batch} left to read")


@dataclass(frozen=True, slots=True)
class FailedBatch:
    """A batch whose facts can not be used: its number, its accounts, and why, as a clause."""

    number: int
    accounts: tuple[Account, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a run came to, the calls that AWS throttled in all of its steps, and the batches that failed for good."""

    outcome: Outcome
    throttled_calls: int
    failed: tuple[FailedBatch, ...]


@dataclass(frozen=True, slots=True)
class RunInSteps:
    """One run in steps. ``throttled_calls`` says how many calls AWS has throttled in this step so far."""

    audit: Audit
    files: RunFiles
    throttled_calls: Callable[[], int]

    def plan(self, request: RunRequest) -> dict[str, Any]:
        """Write the plan and the batches, and return what the state machine needs. Raises ``RegionProofError``."""
        plan = self.audit.plan(request, self.files.run_id)
        remembered = self.audit.ledger.read(plan.organization.id)
        batches = in_batches(plan.accounts)
        planned = PlannedRun(plan, batches, remembered.version, remembered.unusable, self.throttled_calls())
        self.files.write_plan(planned, remembered)
        return {"run": plan.run_id, "accounts": len(plan.accounts), "batches": list(range(len(batches)))}

    def collect(self, number: int) -> dict[str, int]:
        """Read what an earlier try of the batch did not, write the facts, and return their counts.

        Raises ``BatchUnfinished`` after it wrote what it had time for, ``RegionProofError`` where the batch or its
        facts can not be read or written.
        """
        accounts = self.files.batch(number)
        before = self._read_before(number)
        missing = tuple(one for one in accounts if one.id not in before.facts or _cut_short(before.facts[one.id]))
        read = {account.id: facts for account, facts in self.audit.collect(missing).items()}
        facts = BatchFacts({**before.facts, **read}, before.throttled_calls + self.throttled_calls())
        self.files.write_facts(number, facts)
        if left := sum(_cut_short(one) for one in facts.facts.values()):
            raise BatchUnfinished(number, left, len(accounts))
        audited = sum(one.complete for one in facts.facts.values())
        return {"batch": number, "accounts": len(accounts), "audited": audited}

    def conclude(self) -> Conclusion:
        """Judge, publish and remember what the batches read. The accounts of a batch that failed were not tried.

        Raises ``RegionProofError`` where the plan can not be used or the ledger could not be written.
        """
        planned = self.files.plan()
        remembered = self.files.remembered(planned)
        needed = facts_needed(self.audit.settings.rules, self.audit.identity.partition)
        facts: dict[Account, AccountFacts] = {}
        failed: list[FailedBatch] = []
        throttled = planned.throttled_calls
        for number, accounts in enumerate(planned.batches):
            try:
                read = self.files.facts(number)
                facts |= {account: _as_needed(_of(account, read, number), needed) for account in accounts}
                throttled += read.throttled_calls
            except UnusableRunFile as cause:
                failed.append(FailedBatch(number, accounts, str(cause)))
                not_tried = AccountFacts(dict.fromkeys(needed, NotTried(f"its batch failed: {cause}")))
                facts |= dict.fromkeys(accounts, not_tried)
        outcome = self.audit.conclude(planned.plan, facts, remembered)
        return Conclusion(outcome, throttled + self.throttled_calls(), tuple(failed))

    def _read_before(self, number: int) -> BatchFacts:
        """Return what an earlier try read. What can not be used is read again, and replaced."""
        try:
            return self.files.facts(number)
        except UnusableRunFile:
            return BatchFacts({})


def _cut_short(facts: AccountFacts) -> bool:
    return OUT_OF_TIME in facts.not_tried


def _of(account: Account, read: BatchFacts, number: int) -> AccountFacts:
    if account.id not in read.facts:
        raise UnusableRunFile(f"the facts of batch {number} lack account {account.id}")
    return read.facts[account.id]


def _as_needed(facts: AccountFacts, needed: frozenset[FactKind]) -> AccountFacts:
    return AccountFacts({**dict.fromkeys(needed, _NOT_READ), **facts.readings})
