"""The Lambda entry: settings and environment -> wiring -> run, or one step of a run -> summary."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from .audit import Progress, RunRequest
from .aws.pacing import ThrottleCounter
from .aws.redaction import RedactedErrors, know_environment, redact
from .domain.log_line import spell_log_line
from .errors import RegionProofError, SetupError
from .event import read_event
from .settings import asset
from .settings_check import SettingsCheck
from .telemetry import count_outcome, log_account, log_outcome, outcome_document
from .wiring import Caller, Destinations, Surroundings, build_audit

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from .audit import Audit, Outcome

TOPIC_ARN_VARIABLE = "REGIONPROOF_TOPIC_ARN"
LEDGER_BUCKET_VARIABLE = "REGIONPROOF_LEDGER_BUCKET"
ASSET_ROOT = Path(__file__).parent.parent
MILLISECONDS = 1000


@RedactedErrors()
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Audit the organization and return the summary of the run, or take one step of a run.

    ``event`` is described at ``read_event``. Raises ``RegionProofError`` where nothing could be audited or the
    ledger could not be written, so that the failure reaches the on-failure destination or the state machine.
    """
    know_environment(os.environ)
    logger = Logger(json_serializer=partial(spell_log_line, redact=redact))
    logger.append_keys(request_id=context.aws_request_id)
    call = FunctionCall(context, logger, ThrottleCounter())
    try:
        asked = read_event(event)
        if isinstance(asked, RunRequest):
            return call.whole_run(asked)
        from .distributed.calls import take_step  # noqa: PLC0415  # whole runs start faster without it

        return take_step(call, asked)
    except RegionProofError as failure:
        logger.exception("audit.failed", reason=str(failure))
        raise


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """One call of the function: whom it tells, and the run that it makes."""

    context: LambdaContext
    logger: Logger
    throttles: ThrottleCounter

    def whole_run(self, request: RunRequest) -> dict[str, Any]:
        """Audit, and return the summary."""
        self.log_warnings_of_settings()
        outcome = self.audit().run(request, run_id=self.context.aws_request_id)
        self.tell(outcome, self.throttles.count).flush_metrics()
        return outcome_document(outcome, self.throttles.count)

    def tell(self, outcome: Outcome, throttled_calls: int) -> EphemeralMetrics:
        """Log the summary of a run, and return its metrics, which are not sent yet."""
        log_outcome(self.logger, outcome, throttled_calls)
        metrics = EphemeralMetrics()
        count_outcome(metrics, outcome, throttled_calls)
        return metrics

    def log_warnings_of_settings(self) -> None:
        """Log what was accepted in the settings file but may be a mistake, once a run."""
        origin = asset.load_origin(ASSET_ROOT)
        for warning in origin.warnings:
            self.logger.warning("settings.warning", file=origin.file, reason=warning)

    def remaining_time(self) -> float:
        """Return the seconds that Lambda leaves to this call."""
        return self.context.get_remaining_time_in_millis() / MILLISECONDS

    def audit(self, share: float = 1) -> Audit:
        """Return a run that may use this share of the quotas."""
        around = Surroundings(
            progress=Progress(read=lambda account, facts: log_account(self.logger, account, facts)),
            remaining_time=self.remaining_time,
            memory_mib=int(self.context.memory_limit_in_mb),
            share=share,
            throttles=self.throttles,
        )
        destinations = Destinations(variable(TOPIC_ARN_VARIABLE), variable(LEDGER_BUCKET_VARIABLE), self.logger)
        check = SettingsCheck(asset.load_origin(ASSET_ROOT))
        return build_audit(asset.load(ASSET_ROOT), Caller(), around, destinations, check)


def variable(name: str) -> str:
    """Return an environment variable of the function. Raises ``SetupError`` where it is not set."""
    if value := os.environ.get(name):
        return value
    raise SetupError(f"the function has no environment variable {name}; deploy the stack again")
