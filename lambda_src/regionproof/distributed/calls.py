"""One step of a run as a call of the function: what it does, logs, counts and returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regionproof.handler import LEDGER_BUCKET_VARIABLE, variable
from regionproof.wiring import build_run_objects

from .run_files import RunFiles
from .running import RunInSteps
from .steps import BATCHES_AT_ONCE, CollectStep, PlanStep
from .telling import conclusion_document, count_failed_batches, log_failed_batches

if TYPE_CHECKING:
    from regionproof.handler import FunctionCall

    from .steps import ConcludeStep, Step


def take_step(call: FunctionCall, step: Step) -> dict[str, Any]:
    """Take a step and return what the state machine goes on with. Raises ``RegionProofError`` where it failed."""
    call.logger.append_keys(run_id=step.run_id)
    match step:
        case PlanStep():
            call.log_warnings_of_settings()
            planned = _run_in_steps(call, step).plan(step.request)
            call.logger.info("run.planned", accounts=planned["accounts"], batches=len(planned["batches"]))
            return planned
        case CollectStep():
            collected: dict[str, Any] = _run_in_steps(call, step, share=1 / BATCHES_AT_ONCE).collect(step.batch)
            call.logger.info("batch.collected", **collected, throttled_calls=call.throttles.count)
            return collected
        case _:
            return _conclude(call, step)


def _conclude(call: FunctionCall, step: ConcludeStep) -> dict[str, Any]:
    conclusion = _run_in_steps(call, step).conclude()
    log_failed_batches(call.logger, conclusion)
    metrics = call.tell(conclusion.outcome, conclusion.throttled_calls)
    count_failed_batches(metrics, conclusion)
    metrics.flush_metrics()
    return conclusion_document(conclusion)


def _run_in_steps(call: FunctionCall, step: Step, share: float = 1) -> RunInSteps:
    files = RunFiles(build_run_objects(variable(LEDGER_BUCKET_VARIABLE), call.remaining_time), step.run_id)
    return RunInSteps(call.audit(share), files, lambda: call.throttles.count)
