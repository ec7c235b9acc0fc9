"""A run in steps over fakes: each step with an audit of its own, as each is a call of the function."""

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
    """Keeps objects in memory, as S3 would, and the keys that were written, in order. ``refused``: a part of keys."""

    kept: dict[str, bytes] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    refused: str = ""

    def read(self, key: str) -> bytes | None:
        """Return what lies under a key."""
        return self.kept.get(key)

    def write(self, key: str, content: bytes) -> None:
        """Replace what lies under a key."""
        if self.refused and self.refused in key:
            raise SetupError(f"{key} is not kept")
        self.kept[key] = content
        self.written.append(key)

    def facts(self, batch: int) -> str:
        """Return the key of the facts of a batch."""
        return f"runs/{RUN}/facts/{batch:05}.json.gz"


@dataclass
class Steps:
    """One run, a call after the other. ``throttled`` calls count in each step."""

    audit: Callable[[], Audit]
    objects: Objects = field(default_factory=Objects)
    throttled: int = 0
    run_id: str = RUN

    def step(self) -> StepRun:
        """Return what a new call of the function has."""
        return StepRun(self.audit(), RunFiles(self.objects, self.run_id), lambda: self.throttled)

    def plan(self, request: RunRequest) -> dict[str, Any]:
        """Take the first step."""
        return self.step().plan(request)

    def collect(self, number: int) -> dict[str, int]:
        """Collect one batch."""
        return self.step().collect(number)

    def conclude(self) -> Conclusion:
        """Take the last step."""
        return self.step().conclude()

    def second_pass(self) -> Steps:
        """Return the run of what this one left out."""
        return Steps(self.audit, self.objects, self.throttled, f"{self.run_id}/second-pass")

    def run(self, request: RunRequest, killed: frozenset[int] = frozenset()) -> Conclusion:
        """Take every step up to the conclusion as the state machine does; batches that are killed come to nothing."""
        for number in self.plan(request)["batches"]:
            if number not in killed:
                self.collect(number)
        return self.conclude()
