"""Run one step as a call of the function, with its log events, metrics and return value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regionproof.invocation import LEDGER_BUCKET_VARIABLE, require_env
from regionproof.storage.run_files import RunFiles
from regionproof.wiring import build_run_objects

from .requests import BATCHES_AT_ONCE, CollectStep, PlanStep
from .run import StepRun
from .telemetry import conclusion_document, count_failed_batches, log_failed_batches

if TYPE_CHECKING:
    from regionproof.invocation import Invocation

    from .requests import ConcludeStep, Step


def take_step(call: Invocation, step: Step) -> dict[str, Any]:
    """Run a step and return its output for the state machine. Raises ``RegionProofError`` if the step fails."""
    call.logger.append_keys(run_id=step.run_id)
    match step:
        case PlanStep():
            call.log_warnings_of_settings()
            planned = _step_run(call, step).plan(step.request)
            call.logger.info("run.planned", accounts=planned["accounts"], batches=len(planned["batches"]))
            return planned
        case CollectStep():
            collected: dict[str, Any] = _step_run(call, step, share=1 / BATCHES_AT_ONCE).collect(step.batch)
            call.logger.info("batch.collected", **collected, throttled_calls=call.throttles.count)
            return collected
        case _:
            return _conclude(call, step)


def _conclude(call: Invocation, step: ConcludeStep) -> dict[str, Any]:
    conclusion = _step_run(call, step).conclude()
    log_failed_batches(call.logger, conclusion)
    metrics = call.report_outcome(conclusion.outcome, conclusion.throttled_calls)
    count_failed_batches(metrics, conclusion)
    metrics.flush_metrics()
    return conclusion_document(conclusion)


def _step_run(call: Invocation, step: Step, share: float = 1) -> StepRun:
    files = RunFiles(build_run_objects(require_env(LEDGER_BUCKET_VARIABLE), call.remaining_time), step.run_id)
    return StepRun(call.audit(share), files, lambda: call.throttles.count)
