"""The Lambda entry: settings and environment -> wiring -> run, or one step of a run -> summary."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from .audit import Progress, RunRequest
from .aws.run_objects import objects_in
from .aws.throttling import ThrottleCounter
from .distributed.run_files import RunFiles
from .distributed.running import RunInSteps
from .distributed.steps import BATCHES_AT_ONCE, CollectStep, PlanStep
from .distributed.telling import conclusion_document, count_failed_batches, log_failed_batches
from .domain.text import spell_log_line
from .errors import RegionProofError, SetupError
from .event import read_event
from .settings import asset
from .telemetry import count_outcome, log_account, log_outcome, outcome_document
from .wiring import Caller, Destinations, Surroundings, build_audit

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from .audit import Audit, Outcome
    from .distributed.steps import ConcludeStep, Step

TOPIC_ARN_VARIABLE = "REGIONPROOF_TOPIC_ARN"
LEDGER_BUCKET_VARIABLE = "REGIONPROOF_LEDGER_BUCKET"
ASSET_ROOT = Path(__file__).parent.parent
MILLISECONDS = 1000


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Audit the organization and return the summary of the run, or take one step of a run.

    ``event`` is described at ``read_event``. Raises ``RegionProofError`` where nothing could be audited or the
    ledger could not be written, so that the failure reaches the on-failure destination or the state machine.
    """
    logger = Logger(json_serializer=spell_log_line)
    logger.append_keys(request_id=context.aws_request_id)
    call = _Call(context, logger, ThrottleCounter())
    try:
        asked = read_event(event)
        return call.whole_run(asked) if isinstance(asked, RunRequest) else call.step(asked)
    except RegionProofError as failure:
        logger.exception("audit.failed", reason=str(failure))
        raise


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of the function."""

    context: LambdaContext
    logger: Logger
    throttles: ThrottleCounter

    def whole_run(self, request: RunRequest) -> dict[str, Any]:
        outcome = self._audit().run(request, run_id=self.context.aws_request_id)
        self._tell(outcome, self.throttles.count).flush_metrics()
        return outcome_document(outcome)

    def step(self, step: Step) -> dict[str, Any]:
        self.logger.append_keys(run_id=step.run_id)
        match step:
            case PlanStep():
                planned = self._run_in_steps(step).plan(step.request)
                self.logger.info("run.planned", accounts=planned["accounts"], batches=len(planned["batches"]))
                return planned
            case CollectStep():
                collected: dict[str, Any] = self._run_in_steps(step, share=1 / BATCHES_AT_ONCE).collect(step.batch)
                self.logger.info("batch.collected", **collected, throttled_calls=self.throttles.count)
                return collected
            case _:
                return self._conclude(step)

    def _conclude(self, step: ConcludeStep) -> dict[str, Any]:
        conclusion = self._run_in_steps(step).conclude()
        log_failed_batches(self.logger, conclusion)
        metrics = self._tell(conclusion.outcome, conclusion.throttled_calls)
        count_failed_batches(metrics, conclusion)
        metrics.flush_metrics()
        return conclusion_document(conclusion)

    def _tell(self, outcome: Outcome, throttled_calls: int) -> EphemeralMetrics:
        log_outcome(self.logger, outcome, throttled_calls)
        metrics = EphemeralMetrics()
        count_outcome(metrics, outcome, throttled_calls)
        return metrics

    def _run_in_steps(self, step: Step, share: float = 1) -> RunInSteps:
        files = RunFiles(objects_in(_variable(LEDGER_BUCKET_VARIABLE)), step.run_id)
        return RunInSteps(self._audit(share), files, lambda: self.throttles.count)

    def _audit(self, share: float = 1) -> Audit:
        around = Surroundings(
            progress=Progress(read=lambda account, facts: log_account(self.logger, account, facts)),
            remaining_time=lambda: self.context.get_remaining_time_in_millis() / MILLISECONDS,
            memory_mib=int(self.context.memory_limit_in_mb),
            share=share,
            throttles=self.throttles,
        )
        destinations = Destinations(_variable(TOPIC_ARN_VARIABLE), _variable(LEDGER_BUCKET_VARIABLE), self.logger)
        return build_audit(asset.load(ASSET_ROOT), Caller(), around, destinations)


def _variable(name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise SetupError(f"the function has no environment variable {name}; deploy the stack again")
