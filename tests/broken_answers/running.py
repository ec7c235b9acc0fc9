"""Runs of the audit against a world whose answers can be broken, several at a time in this process."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bench.stub.exchange import json_answer
from regionproof.aws.limits import Limits
from regionproof.domain.run import Outcome, RunRequest
from regionproof.errors import RegionProofError
from regionproof.settings.shape import AuditSettings, RegionsRule, Rules
from regionproof.wiring import CallerProfile, Destinations, RunContext, build_audit
from tests.broken_answers.calls import Unsigned, call_of
from tests.broken_answers.kinds import Hit
from tests.broken_answers.matrix import Setting
from tests.broken_answers.wire import Gone, serving
from tests.broken_answers.world import ALL_REGIONS, DELEGATED, MANAGEMENT, OTHER_UNIT, REGIONS_PER_PAGE, World
from tests.support.fakes import RecordingLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.stub.exchange import Request
    from regionproof.audit.run import Audit
    from tests.broken_answers.calls import Call
    from tests.broken_answers.matrix import Cell
    from tests.broken_answers.wire import Wire

TOPIC_ARN = f"arn:aws:sns:us-east-1:{MANAGEMENT}:RegionProofFindings"
BUCKET = "regionproof-ledger"
CELL_SECONDS = 40.0
"""A run must end in this time, whatever it is answered. After it answers are right again, so every run ends."""

RUN_SECONDS = 30.0
"""What a run believes that it may take, if answers go on without an end."""

LIMITS = Limits(
    connect_seconds=1,
    read_seconds=4,
    exchange_seconds=4,
    account_seconds=8,
    patient_seconds=1.5,
    attempts=2,
    workers=4,
)
"""Short, and long enough for a busy machine."""

_NOT_SIGNED = json_answer({"__type": "UnrecognizedClientException", "message": "the token is not valid"}, 403)

_RULES = Rules(
    regions_1=RegionsRule(approved=("ap-east-1",), organizational_units={OTHER_UNIT: ("ap-east-1", "af-south-1")})
)
SETTINGS = {
    Setting.BY_ROLE: AuditSettings(rules=_RULES),
    Setting.WITHOUT_PATHS: AuditSettings(rules=_RULES),
    Setting.BY_ROOT: AuditSettings(rules=_RULES, access="root"),
    Setting.DELEGATED: AuditSettings(rules=_RULES, access="root"),
}


@dataclass
class Ended:
    """How a run ended: with an outcome, a failure of the product, or an exception that should never leave it."""

    outcome: Outcome | None = None
    failure: RegionProofError | None = None
    escaped: Exception | None = None
    seconds: float = 0
    lines: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Ready:
    """A run that is ready to go, and its log."""

    audit: Audit
    log: RecordingLog


@dataclass
class Slot:
    """One address of AWS, at which one world at a time can be found, with profiles for its callers.

    ``hits`` counts the answers that were broken, ``most_sent`` is the largest of them in bytes.
    """

    number: int
    world: World = field(default_factory=World)
    cell: Cell | None = None
    until: float = 0
    hits: int = 0
    most_sent: int = 0
    defects: list[Exception] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _disturbed: dict[Setting, _Ready] = field(default_factory=dict)
    _undisturbed: dict[Setting, _Ready] = field(default_factory=dict)

    def profile(self, setting: Setting) -> str:
        """Return the name of the caller's profile."""
        return f"slot-{self.number}-{DELEGATED if setting is Setting.DELEGATED else MANAGEMENT}"

    def empty(self, cell: Cell | None, setting: Setting) -> None:
        """Put a new world in this place. ``cell`` is broken once ``breaking`` is entered."""
        # Central reads are paced: with a page an account, a run does not wait for its turn longer than it must.
        by_root = setting in {Setting.BY_ROOT, Setting.DELEGATED}
        regions = ALL_REGIONS if by_root else REGIONS_PER_PAGE
        self.world = World(has_paths=setting is not Setting.WITHOUT_PATHS, regions_per_page=regions)
        self.cell, self.until, self.hits, self.most_sent = cell, 0, 0, 0
        self._numbers, self.defects = count(), []

    @contextmanager
    def breaking(self) -> Iterator[None]:
        """Break the answers of the cell until the block ends, and never longer than a cell may take."""
        self.until = time.monotonic() + CELL_SECONDS
        try:
            yield
        finally:
            self.until = 0

    def respond(self, request: Request, wire: Wire) -> bool:
        """Answer one request, by the kind of the cell if it is hit. What fails here is a defect of the matrix."""
        try:
            return self._respond(call_of(request), wire)
        except Unsigned:
            wire.send(_NOT_SIGNED.encoded())
            return True
        except Gone:
            raise
        except Exception as failure:
            self.defects.append(failure)
            raise

    def _respond(self, call: Call, wire: Wire) -> bool:
        cell = self.cell
        if cell is None or time.monotonic() > self.until or not cell.row.hits(call):
            wire.send(self.world.answer(call).encoded())
            return True
        self.hits += 1
        wire.until = self.until
        try:
            return cell.kind.answer(Hit(wire, call, self.world, cell.row.protocol, next(self._numbers)))
        finally:
            self.most_sent = max(self.most_sent, wire.sent)

    def run(self, setting: Setting, *, anew: bool, has_deadline: bool = False) -> Ended:
        """Run the audit once. ``again``: with clients of its own, and so with every call that a run makes."""
        begun, ended = time.monotonic(), Ended()
        around = RunContext(limits=LIMITS)
        if has_deadline:
            around = replace(around, remaining_time=lambda: begun + RUN_SECONDS - time.monotonic())
        with _ending(ended):
            ready = self._disturbed.get(setting)
            if anew or has_deadline or ready is None:
                ready = self._make_ready(setting, around)
            if not has_deadline:
                self._disturbed[setting] = ready
            lines = len(ready.log.lines)
            ended.outcome = ready.audit.run(RunRequest(), uuid4().hex)
            ended.lines = ready.log.lines[lines:]
        return ended

    def run_undisturbed(self, setting: Setting) -> Ended:
        """Run the audit once without faults, with clients that have never met one."""
        ended = Ended()
        with _ending(ended):
            if setting not in self._undisturbed:
                self._undisturbed[setting] = self._make_ready(setting, RunContext(limits=LIMITS))
            ended.outcome = self._undisturbed[setting].audit.run(RunRequest(), uuid4().hex)
        return ended

    def _make_ready(self, setting: Setting, around: RunContext) -> _Ready:
        log = RecordingLog()
        caller, destinations = CallerProfile(self.profile(setting)), Destinations(TOPIC_ARN, BUCKET, log.logger)
        return _Ready(build_audit(SETTINGS[setting], caller, around, destinations), log)


@contextmanager
def _ending(ended: Ended) -> Iterator[None]:
    """Keep how a run ends, and after which time."""
    begun = time.monotonic()
    try:
        yield
    except RegionProofError as failure:
        ended.failure = failure
    except Exception as failure:  # noqa: BLE001  # the test says that there is none
        ended.escaped = failure
    ended.seconds = time.monotonic() - begun


@contextmanager
def slots(number: int, configuration: Path) -> Iterator[list[Slot]]:
    """Serve as many worlds, and write the configuration file of AWS with the profiles of their callers."""
    made = [Slot(one) for one in range(number)]
    with ExitStack() as stack:
        lines: list[str] = []
        for slot in made:
            server = stack.enter_context(serving(slot.respond))
            for account in (MANAGEMENT, DELEGATED):
                lines += [
                    f"[profile slot-{slot.number}-{account}]",
                    f"aws_access_key_id = AKIABNCH{account}",
                    "aws_secret_access_key = secret-of-the-caller",
                    "region = us-east-1",
                    f"endpoint_url = http://127.0.0.1:{server.port}",
                ]
        configuration.write_text("\n".join(lines), encoding="utf-8")
        yield made
