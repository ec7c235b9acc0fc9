"""One invocation of the function: its settings, environment, time and log."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import EphemeralMetrics

from regionproof.audit.run import Progress
from regionproof.audit.settings_check import SettingsCheck
from regionproof.errors import SetupError
from regionproof.settings import asset
from regionproof.telemetry import count_outcome, log_account, log_outcome, outcome_document
from regionproof.wiring import CallerProfile, Destinations, RunContext, build_audit

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from regionproof.audit.run import Audit
    from regionproof.aws.pacing import ThrottleCounter
    from regionproof.domain.run import Outcome, RunRequest


TOPIC_ARN_VARIABLE = "REGIONPROOF_TOPIC_ARN"


LEDGER_BUCKET_VARIABLE = "REGIONPROOF_LEDGER_BUCKET"


ASSET_ROOT = Path(__file__).parent.parent


MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Invocation:
    """One invocation of the function: its context, its log, and the run that it makes."""

    context: LambdaContext
    logger: Logger
    throttles: ThrottleCounter

    def whole_run(self, request: RunRequest) -> dict[str, Any]:
        """Audit, and return the summary."""
        self.log_warnings_of_settings()
        outcome = self.audit().run(request, run_id=self.context.aws_request_id)
        self.report_outcome(outcome, self.throttles.count).flush_metrics()
        return outcome_document(outcome, self.throttles.count)

    def report_outcome(self, outcome: Outcome, throttled_calls: int) -> EphemeralMetrics:
        """Log the summary of a run, and return its metrics, which are not sent yet."""
        log_outcome(self.logger, outcome, throttled_calls)
        metrics = EphemeralMetrics()
        count_outcome(metrics, outcome, throttled_calls)
        return metrics

    def log_warnings_of_settings(self) -> None:
        """Log the warnings of the settings file, once per run."""
        origin = asset.load_origin(ASSET_ROOT)
        for warning in origin.warnings:
            self.logger.warning("settings.warning", file=origin.file, reason=warning)

    def remaining_time(self) -> float:
        """Return the seconds that Lambda leaves to this call."""
        return self.context.get_remaining_time_in_millis() / MILLISECONDS

    def audit(self, share: float = 1) -> Audit:
        """Return a run that may use this share of the quotas."""
        around = RunContext(
            progress=Progress(read=lambda account, facts: log_account(self.logger, account, facts)),
            remaining_time=self.remaining_time,
            memory_mib=int(self.context.memory_limit_in_mb),
            share=share,
            throttles=self.throttles,
        )
        destinations = Destinations(require_env(TOPIC_ARN_VARIABLE), require_env(LEDGER_BUCKET_VARIABLE), self.logger)
        check = SettingsCheck(asset.load_origin(ASSET_ROOT))
        return build_audit(asset.load(ASSET_ROOT), CallerProfile(), around, destinations, check)


def require_env(name: str) -> str:
    """Return an environment variable of the function. Raises ``SetupError`` if it is not set."""
    if value := os.environ.get(name):
        return value
    raise SetupError(f"the function has no environment variable {name}; deploy the stack again")
