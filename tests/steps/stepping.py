"""A run in steps over fakes. Each step gets a new audit, because it is a separate call of the function."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from regionproof.errors import SetupError
from regionproof.steps.run import Conclusion, StepRun
from regionproof.storage.run_files import RunFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from regionproof.audit.run import Audit
    from regionproof.domain.run import RunRequest

RUN = "run-1"


@dataclass
class Objects:
    """Stores objects in memory, and records the written keys in order. A key that contains ``refused`` is refused."""

    kept: dict[str, bytes] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    refused: str = ""

    def read(self, key: str) -> bytes | None:
        """Return the object with this key."""
        return self.kept.get(key)

    def write(self, key: str, content: bytes) -> None:
        """Write or replace the object with this key."""
        if self.refused and self.refused in key:
            raise SetupError(f"{key} was refused")
        self.kept[key] = content
        self.written.append(key)

    def facts(self, batch: int) -> str:
        """Return the key of the facts of a batch."""
        return f"runs/{RUN}/facts/{batch:05}.json.gz"


@dataclass
class Steps:
    """One run, one call after the other. Each step counts ``throttled`` calls."""

    audit: Callable[[], Audit]
    objects: Objects = field(default_factory=Objects)
    throttled: int = 0
    run_id: str = RUN

    def step(self) -> StepRun:
        """Return the run as a new call of the function has it."""
        return StepRun(self.audit(), RunFiles(self.objects, self.run_id), lambda: self.throttled)

    def plan(self, request: RunRequest) -> dict[str, Any]:
        """Run the first step."""
        return self.step().plan(request)

    def collect(self, number: int) -> dict[str, int]:
        """Collect one batch."""
        return self.step().collect(number)

    def conclude(self) -> Conclusion:
        """Run the last step."""
        return self.step().conclude()

    def second_pass(self) -> Steps:
        """Return the second pass of this run."""
        return Steps(self.audit, self.objects, self.throttled, f"{self.run_id}/second-pass")

    def run(self, request: RunRequest, killed: frozenset[int] = frozenset()) -> Conclusion:
        """Run every step like the state machine, but not the ``killed`` batches."""
        for number in self.plan(request)["batches"]:
            if number not in killed:
                self.collect(number)
        return self.conclude()
