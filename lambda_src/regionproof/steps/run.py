"""The steps of a run. Each calls the same code as a run in one call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from regionproof.domain.facts import OUT_OF_TIME, AccountFacts, NotTried
from regionproof.domain.run import Plan, RunRequest
from regionproof.errors import RegionProofError
from regionproof.rules import facts_needed
from regionproof.storage.facts_file import BatchFacts
from regionproof.storage.packed_json import InvalidRunFile
from regionproof.storage.plan_file import PlannedRun

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
    """Time ran out before every account of a batch was read. The facts read so far are kept; a retry reads the rest."""

    def __init__(self, batch: int, unread: int, accounts: int) -> None:
        super().__init__(f"batch {batch} ran out of time with {unread} of {accounts} accounts unread")


@dataclass(frozen=True, slots=True)
class FailedBatch:
    """A batch whose facts cannot be used: its number, its accounts, and the reason as a clause."""

    number: int
    accounts: tuple[Account, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The outcome of a run, the calls that AWS throttled in all of its steps, and the batches that failed.

    ``second_pass`` has the form of the output of ``StepRun.plan``, for a run over the accounts that were not tried.
    """

    outcome: Outcome
    throttled_calls: int
    failed: tuple[FailedBatch, ...]
    second_pass: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _BatchResults:
    """The facts from all batches of a run, the calls that AWS throttled, and the batches that failed."""

    facts: dict[Account, AccountFacts]
    throttled_calls: int
    failed: tuple[FailedBatch, ...]


@dataclass(frozen=True, slots=True)
class StepRun:
    """One run in steps. ``throttled_calls`` returns the number of calls that AWS has throttled in this step so far."""

    audit: Audit
    files: RunFiles
    throttled_calls: Callable[[], int]

    def plan(self, request: RunRequest) -> dict[str, Any]:
        """Write the plan and the batches. Return the output for the state machine. Raises ``RegionProofError``."""
        return self._write_plan(self.files, self.audit.plan(request, self.files.run_id), self.throttled_calls())

    def collect(self, number: int) -> dict[str, int]:
        """Read the accounts that an earlier attempt at the batch did not read. Write the facts and return their counts.

        Raises ``BatchTimedOut`` if time runs out, after it has written the facts read so far. Raises
        ``RegionProofError`` if the batch cannot be read or its facts cannot be written.
        """
        batch = self.files.batch(number)
        accounts = batch.accounts
        earlier = self._earlier_facts(number, batch.planned_at)
        unread = tuple(
            account
            for account in accounts
            if account.id not in earlier.facts or _ran_out_of_time(earlier.facts[account.id])
        )
        new_facts = {account.id: facts for account, facts in self.audit.collect(unread).items()}
        throttled = earlier.throttled_calls + self.throttled_calls()
        batch_facts = BatchFacts(batch.planned_at, {**earlier.facts, **new_facts}, throttled)
        self.files.write_facts(number, batch_facts)
        if still_unread := sum(_ran_out_of_time(facts) for facts in batch_facts.facts.values()):
            raise BatchTimedOut(number, still_unread, len(accounts))
        audited = sum(facts.complete for facts in batch_facts.facts.values())
        return {"batch": number, "accounts": len(accounts), "audited": audited}

    def conclude(self) -> Conclusion:
        """Judge and publish the facts of all batches, and update the ledger. Accounts of a failed batch are not tried.

        Then plan the second pass, a partial run over the accounts that were not tried. Raises ``RegionProofError`` if
        the plan cannot be used, or the ledger or the plan of the second pass cannot be written.
        """
        planned = self.files.plan()
        snapshot = self.files.ledger_snapshot(planned)
        results = self._batch_results(planned)
        outcome = self.audit.conclude(planned.plan, results.facts, snapshot)
        second_pass = self._plan_second_pass(planned.plan, tuple(result.account for result in outcome.report.not_tried))
        return Conclusion(outcome, results.throttled_calls + self.throttled_calls(), results.failed, second_pass)

    def _write_plan(self, files: RunFiles, plan: Plan, throttled_calls: int) -> dict[str, Any]:
        snapshot = self.audit.ledger.read(plan.organization.id)
        batches = in_batches(plan.accounts)
        planned = PlannedRun(plan, batches, snapshot.version, snapshot.unusable, throttled_calls)
        files.write_plan(planned, snapshot)
        return {"run": plan.run_id, "accounts": len(plan.accounts), "batches": list(range(len(batches)))}

    def _plan_second_pass(self, plan: Plan, accounts: tuple[Account, ...]) -> dict[str, Any]:
        """Write the plan of the second pass and return its output. After a second pass there is no other one."""
        if not accounts or self.files.is_second_pass:
            return {"run": plan.run_id, "accounts": 0, "batches": []}
        files = self.files.second_pass()
        request = RunRequest(frozenset(account.id for account in accounts), plan.request.dry_run)
        return self._write_plan(files, Plan(files.run_id, request, self.audit.clock(), plan.organization, accounts), 0)

    def _batch_results(self, planned: PlannedRun) -> _BatchResults:
        needed = facts_needed(self.audit.settings.rules, self.audit.identity.partition)
        facts: dict[Account, AccountFacts] = {}
        failed: list[FailedBatch] = []
        throttled = planned.throttled_calls
        for number, accounts in enumerate(planned.batches):
            try:
                batch = self.files.facts(number, planned.plan.started_at)
                facts |= {account: self._filled(_facts_of(account, batch, number), needed) for account in accounts}
                throttled += batch.throttled_calls
            except InvalidRunFile as error:
                failed.append(FailedBatch(number, accounts, str(error)))
                not_tried = AccountFacts(dict.fromkeys(needed, self._not_tried(f"its batch failed ({error})")))
                facts |= dict.fromkeys(accounts, not_tried)
        return _BatchResults(facts, throttled, tuple(failed))

    def _filled(self, facts: AccountFacts, needed: frozenset[FactKind]) -> AccountFacts:
        """Return facts of every needed kind. A deployment during the run may have enabled a rule that needs more."""
        out_of_time = self._not_tried("its batch ran out of time")
        results = {kind: out_of_time if result == OUT_OF_TIME else result for kind, result in facts.results.items()}
        not_read = dict.fromkeys(needed, self._not_tried("its batch did not read it"))
        return replace(facts, results={**not_read, **results})

    def _not_tried(self, reason: str) -> NotTried:
        retry = "the next run reads it" if self.files.is_second_pass else "the same execution reads it again"
        return NotTried(f"{reason}; {retry}")

    def _earlier_facts(self, number: int, planned_at: datetime) -> BatchFacts:
        """Return the facts of an earlier attempt at the batch. If they are not usable, all accounts are read again."""
        try:
            return self.files.facts(number, planned_at)
        except InvalidRunFile:
            return BatchFacts(planned_at, {})


def _ran_out_of_time(facts: AccountFacts) -> bool:
    return OUT_OF_TIME in facts.not_tried


def _facts_of(account: Account, batch: BatchFacts, number: int) -> AccountFacts:
    if account.id not in batch.facts:
        raise InvalidRunFile(f"the facts of batch {number} lack account {account.id}")
    return batch.facts[account.id]
