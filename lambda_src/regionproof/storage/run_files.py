"""The files of one run, under the prefix ``runs/<run id>/``.

A key depends only on the run and the batch, so a step that is retried replaces its earlier files. Batches and facts
contain the time of their plan. This prevents the use of files from another plan with the same run id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from regionproof.domain.ledger import Ledger
from regionproof.domain.ports import LedgerSnapshot

from . import facts_file, ledger_file, plan_file
from .packed_json import InvalidRunFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .facts_file import BatchFacts
    from .plan_file import Batch, PlannedRun

PREFIX = "runs/"
SUFFIX = "/second-pass"

Content = TypeVar("Content")


class ObjectStore(Protocol):
    """Stores bytes under keys. A read returns the latest completed write, as in S3."""

    def read(self, key: str) -> bytes | None:
        """Return the object with this key; None if there is none."""

    def write(self, key: str, content: bytes) -> None:
        """Write or replace the object with this key."""


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The files of one run. Reading raises ``InvalidRunFile`` for a file that is missing or not valid."""

    store: ObjectStore
    run_id: str

    def write_plan(self, planned: PlannedRun, snapshot: LedgerSnapshot) -> None:
        """Write the batches, the ledger as it was read, and finally the plan."""
        for number, accounts in enumerate(planned.batches):
            batch = plan_file.Batch(planned.plan.started_at, accounts)
            self.store.write(self._key("batches", number), plan_file.pack_batch(batch))
        content = snapshot.content if snapshot.unusable else ledger_file.pack(snapshot.ledger)
        self.store.write(self._ledger_key, content)
        self.store.write(self._plan_key, plan_file.pack_plan(planned))

    def plan(self) -> PlannedRun:
        """Return the plan."""
        return self._unpacked(self._plan_key, plan_file.unpack_plan)

    def ledger_snapshot(self, planned: PlannedRun) -> LedgerSnapshot:
        """Return the ledger as it was when the run was planned."""
        organization_id, content = planned.plan.organization.id, self._read(self._ledger_key)
        if planned.ledger_unusable:
            return LedgerSnapshot(Ledger(organization_id), planned.ledger_version, planned.ledger_unusable, content)
        try:
            return LedgerSnapshot(ledger_file.unpack(content, planned.plan.started_at), planned.ledger_version)
        except ledger_file.InvalidLedger as error:
            raise InvalidRunFile(f"{self._ledger_key} cannot be used: {error}") from error

    def batch(self, number: int) -> Batch:
        """Return a batch."""
        return self._unpacked(self._key("batches", number), plan_file.unpack_batch)

    def write_facts(self, number: int, facts: BatchFacts) -> None:
        """Write the facts of a batch."""
        self.store.write(self._key("facts", number), facts_file.pack(facts))

    def facts(self, number: int, planned_at: datetime) -> BatchFacts:
        """Return the facts of a batch. Raises ``InvalidRunFile`` if they belong to the plan of another time."""
        key = self._key("facts", number)
        facts = self._unpacked(key, facts_file.unpack)
        if facts.planned_at != planned_at:
            raise InvalidRunFile(f"{key} belongs to the plan of {facts.planned_at:%Y-%m-%dT%H:%M:%SZ}")
        return facts

    @property
    def is_second_pass(self) -> bool:
        """Return whether this is the second pass of a run."""
        return self.run_id.endswith(SUFFIX)

    def second_pass(self) -> RunFiles:
        """Return the files of the second pass of this run. No execution can have its run id, which contains a slash."""
        return RunFiles(self.store, f"{self.run_id}{SUFFIX}")

    def _unpacked(self, key: str, unpack: Callable[[bytes], Content]) -> Content:
        content = self._read(key)
        try:
            return unpack(content)
        except InvalidRunFile as error:
            raise InvalidRunFile(f"{key} cannot be used: {error}") from error

    def _read(self, key: str) -> bytes:
        content = self.store.read(key)
        if content is None:
            raise InvalidRunFile(f"{key} does not exist")
        return content

    @property
    def _plan_key(self) -> str:
        return f"{PREFIX}{self.run_id}/plan.json.gz"

    @property
    def _ledger_key(self) -> str:
        return f"{PREFIX}{self.run_id}/ledger.json.gz"

    def _key(self, folder: str, number: int) -> str:
        return f"{PREFIX}{self.run_id}/{folder}/{number:05}.json.gz"
