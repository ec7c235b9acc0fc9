"""The files of one run, by their keys below ``runs/<run id>/``.

A key depends on the run and the batch alone: a step that is tried again replaces what it wrote before. So that
nothing of another plan under the same name is taken for this run's, batches and facts carry the time of their plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from regionproof.domain.ledger import Ledger
from regionproof.domain.ports import LedgerSnapshot
from regionproof.storage import ledger_file

from . import facts_file, plan_file
from .run_file_format import InvalidRunFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .facts_file import BatchFacts
    from .plan_file import Batch, PlannedRun

PREFIX = "runs/"
SUFFIX = "/second-pass"

Content = TypeVar("Content")


class ObjectStore(Protocol):
    """Keeps bytes under keys. A write that returned is seen by every read that begins later, as in S3."""

    def read(self, key: str) -> bytes | None:
        """Return what lies under a key; None where nothing does."""

    def write(self, key: str, content: bytes) -> None:
        """Replace what lies under a key."""


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The files of one run. Reading raises ``InvalidRunFile`` for a file that is not there, or is none."""

    store: ObjectStore
    run_id: str

    def write_plan(self, planned: PlannedRun, remembered: LedgerSnapshot) -> None:
        """Write the batches, the ledger as it was read, and last the plan."""
        for number, accounts in enumerate(planned.batches):
            batch = plan_file.Batch(planned.plan.started_at, accounts)
            self.store.write(self._key("batches", number), plan_file.pack_batch(batch))
        content = remembered.content if remembered.unusable else ledger_file.pack(remembered.ledger)
        self.store.write(self._ledger_key, content)
        self.store.write(self._plan_key, plan_file.pack_plan(planned))

    def plan(self) -> PlannedRun:
        """Return the plan."""
        return self._unpacked(self._plan_key, plan_file.unpack_plan)

    def remembered(self, planned: PlannedRun) -> LedgerSnapshot:
        """Return what was remembered when the run was planned."""
        organization_id, content = planned.plan.organization.id, self._read(self._ledger_key)
        if planned.ledger_unusable:
            return LedgerSnapshot(Ledger(organization_id), planned.ledger_version, planned.ledger_unusable, content)
        try:
            return LedgerSnapshot(ledger_file.unpack(content, planned.plan.started_at), planned.ledger_version)
        except ledger_file.InvalidLedger as cause:
            raise InvalidRunFile(f"{self._ledger_key} can not be used: {cause}") from cause

    def batch(self, number: int) -> Batch:
        """Return a batch."""
        return self._unpacked(self._key("batches", number), plan_file.unpack_batch)

    def write_facts(self, number: int, facts: BatchFacts) -> None:
        """Write what was read of a batch."""
        self.store.write(self._key("facts", number), facts_file.pack(facts))

    def facts(self, number: int, planned_at: datetime) -> BatchFacts:
        """Return what was read of a batch of the plan that was made then."""
        key = self._key("facts", number)
        found = self._unpacked(key, facts_file.unpack)
        if found.planned_at != planned_at:
            raise InvalidRunFile(f"{key} was read for the plan of {found.planned_at:%Y-%m-%dT%H:%M:%SZ}")
        return found

    @property
    def is_second_pass(self) -> bool:
        """Tell whether this run reads what another one left out."""
        return self.run_id.endswith(SUFFIX)

    def second_pass(self) -> RunFiles:
        """Return the files of the run that reads what this one left out. No execution can be called as it is."""
        return RunFiles(self.store, f"{self.run_id}{SUFFIX}")

    def _unpacked(self, key: str, unpack: Callable[[bytes], Content]) -> Content:
        content = self._read(key)
        try:
            return unpack(content)
        except InvalidRunFile as cause:
            raise InvalidRunFile(f"{key} can not be used: {cause}") from cause

    def _read(self, key: str) -> bytes:
        content = self.store.read(key)
        if content is None:
            raise InvalidRunFile(f"there is no {key}")
        return content

    @property
    def _plan_key(self) -> str:
        return f"{PREFIX}{self.run_id}/plan.json.gz"

    @property
    def _ledger_key(self) -> str:
        return f"{PREFIX}{self.run_id}/ledger.json.gz"

    def _key(self, folder: str, number: int) -> str:
        return f"{PREFIX}{self.run_id}/{folder}/{number:05}.json.gz"
