"""The steps of a run, each by the code of a run in one call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from regionproof.domain.facts import OUT_OF_TIME, AccountFacts, NotTried
from regionproof.domain.run import Plan, RunRequest
from regionproof.errors import RegionProofError
from regionproof.rules import facts_needed
from regionproof.storage.facts_file import BatchFacts
from regionproof.storage.plan_file import PlannedRun
from regionproof.storage.run_file_format import InvalidRunFile

from .requests import in_batches

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from regionproof.audit.run import Audit
    from regionproof.domain.accounts import Account
    from regionproof.domain.facts import FactKind
    from regionproof.domain.run import Outcome
    from regionproof.storage.run_files import RunFiles


class BatchTimedOut(RegionProofError):
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
    """What a run came to, the calls that AWS throttled in all of its steps, and the batches that failed for good.

    ``rest`` is what ``StepRun.plan`` would return for the run of the accounts that were not tried.
    """

    outcome: Outcome
    throttled_calls: int
    failed: tuple[FailedBatch, ...]
    second_pass: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _BatchResults:
    """What the batches of a run read of each account, what was throttled meanwhile, and which batches failed."""

    facts: dict[Account, AccountFacts]
    throttled_calls: int
    failed: tuple[FailedBatch, ...]


@dataclass(frozen=True, slots=True)
class StepRun:
    """One run in steps. ``throttled_calls`` says how many calls AWS has throttled in this step so far."""

    audit: Audit
    files: RunFiles
    throttled_calls: Callable[[], int]

    def plan(self, request: RunRequest) -> dict[str, Any]:
        """Write the plan and the batches, and return what the state machine needs. Raises ``RegionProofError``."""
        return self._write_plan(self.files, self.audit.plan(request, self.files.run_id), self.throttled_calls())

    def collect(self, number: int) -> dict[str, int]:
        """Read what an earlier try of the batch did not, write the facts, and return their counts.

        Raises ``BatchTimedOut`` after it wrote what it had time for, ``RegionProofError`` where the batch or its
        facts can not be read or written.
        """
        batch = self.files.batch(number)
        accounts = batch.accounts
        before = self._read_before(number, batch.planned_at)
        missing = tuple(one for one in accounts if one.id not in before.facts or _ran_out_of_time(before.facts[one.id]))
        read = {account.id: facts for account, facts in self.audit.collect(missing).items()}
        throttled = before.throttled_calls + self.throttled_calls()
        facts = BatchFacts(batch.planned_at, {**before.facts, **read}, throttled)
        self.files.write_facts(number, facts)
        if left := sum(_ran_out_of_time(one) for one in facts.facts.values()):
            raise BatchTimedOut(number, left, len(accounts))
        audited = sum(one.complete for one in facts.facts.values())
        return {"batch": number, "accounts": len(accounts), "audited": audited}

    def conclude(self) -> Conclusion:
        """Judge, publish and remember what the batches read. The accounts of a batch that failed were not tried.

        Then plan the run of the second_pass: it reads those that were not tried once more, as a partial run of its own.
        Raises ``RegionProofError`` where the plan can not be used, or the ledger or that plan not be written.
        """
        planned = self.files.plan()
        remembered = self.files.remembered(planned)
        read = self._read(planned)
        outcome = self.audit.conclude(planned.plan, read.facts, remembered)
        second_pass = self._plan_second_pass(planned.plan, tuple(result.account for result in outcome.report.not_tried))
        return Conclusion(outcome, read.throttled_calls + self.throttled_calls(), read.failed, second_pass)

    def _write_plan(self, files: RunFiles, plan: Plan, throttled_calls: int) -> dict[str, Any]:
        remembered = self.audit.ledger.read(plan.organization.id)
        batches = in_batches(plan.accounts)
        planned = PlannedRun(plan, batches, remembered.version, remembered.unusable, throttled_calls)
        files.write_plan(planned, remembered)
        return {"run": plan.run_id, "accounts": len(plan.accounts), "batches": list(range(len(batches)))}

    def _plan_second_pass(self, plan: Plan, accounts: tuple[Account, ...]) -> dict[str, Any]:
        """Return what is left for a run of the second_pass: nothing after such a run itself, which is the last try."""
        if not accounts or self.files.is_second_pass:
            return {"run": plan.run_id, "accounts": 0, "batches": []}
        files = self.files.second_pass()
        request = RunRequest(frozenset(account.id for account in accounts), plan.request.dry_run)
        return self._write_plan(files, Plan(files.run_id, request, self.audit.clock(), plan.organization, accounts), 0)

    def _read(self, planned: PlannedRun) -> _BatchResults:
        needed = facts_needed(self.audit.settings.rules, self.audit.identity.partition)
        facts: dict[Account, AccountFacts] = {}
        failed: list[FailedBatch] = []
        throttled = planned.throttled_calls
        for number, accounts in enumerate(planned.batches):
            try:
                read = self.files.facts(number, planned.plan.started_at)
                facts |= {account: self._filled(_of(account, read, number), needed) for account in accounts}
                throttled += read.throttled_calls
            except InvalidRunFile as cause:
                failed.append(FailedBatch(number, accounts, str(cause)))
                not_tried = AccountFacts(dict.fromkeys(needed, self._not_tried(f"its batch failed ({cause})")))
                facts |= dict.fromkeys(accounts, not_tried)
        return _BatchResults(facts, throttled, tuple(failed))

    def _filled(self, facts: AccountFacts, needed: frozenset[FactKind]) -> AccountFacts:
        """Return facts of every kind that is needed now: a deployment in mid-run may have enabled a rule."""
        out_of_time = self._not_tried("its batch ran out of time")
        read = {kind: out_of_time if one == OUT_OF_TIME else one for kind, one in facts.results.items()}
        return replace(facts, results={**dict.fromkeys(needed, self._not_tried("its batch did not read it")), **read})

    def _not_tried(self, why: str) -> NotTried:
        again = "the next run reads it" if self.files.is_second_pass else "the same execution reads it once more"
        return NotTried(f"{why}; {again}")

    def _read_before(self, number: int, planned_at: datetime) -> BatchFacts:
        """Return what an earlier try read. What can not be used, or is of another plan, is read again, and replaced."""
        try:
            return self.files.facts(number, planned_at)
        except InvalidRunFile:
            return BatchFacts(planned_at, {})


def _ran_out_of_time(facts: AccountFacts) -> bool:
    return OUT_OF_TIME in facts.not_tried


def _of(account: Account, read: BatchFacts, number: int) -> AccountFacts:
    if account.id not in read.facts:
        raise InvalidRunFile(f"the facts of batch {number} lack account {account.id}")
    return read.facts[account.id]
