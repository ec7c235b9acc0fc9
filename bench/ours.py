"""RegionProof as a contender, through its public wiring: the audit alone, and the function's whole run."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from regionproof.audit.run import Progress
from regionproof.aws.pacing import ThrottleCounter
from regionproof.domain.run import RunRequest
from regionproof.settings.shape import AuditSettings, RegionsRule, Rules
from regionproof.telemetry import log_account
from regionproof.wiring import CallerProfile, Destinations, RunContext, build_audit

from .organization import APPROVED, MANAGEMENT, REGION, ROLE
from .verdicts import Verdicts

if TYPE_CHECKING:
    from regionproof.domain.run import Outcome

SETTINGS = AuditSettings(rules=Rules(regions_1=RegionsRule(approved=(APPROVED,))))
BY_ROOT = replace(SETTINGS, access="root")
TOPIC = f"arn:aws:sns:{REGION}:{MANAGEMENT}:findings"
BUCKET = "regionproof-ledger"
LOGGER = Logger(service="benchmark", stream=sys.stderr)


def audit(_threads: int) -> Verdicts:
    """Discover, collect, judge and reconcile: what the others do, and no more."""
    return _run(SETTINGS, None)


def whole_run(_threads: int) -> Verdicts:
    """Do all that the deployed function does: also publish to Security Hub and SNS, and remember."""
    return _run(SETTINGS, destinations(LOGGER))


def whole_run_by_root(_threads: int) -> Verdicts:
    """Do the same by root sessions, without a role in any account."""
    return _run(BY_ROOT, destinations(LOGGER))


def destinations(logger: Logger) -> Destinations:
    """Return where a run leaves its traces in the stub."""
    return Destinations(TOPIC, BUCKET, logger)


def _run(settings: AuditSettings, published_to: Destinations | None) -> Verdicts:
    if settings.member_role.name != ROLE:
        raise RuntimeError(f"the stub knows the role {ROLE} only")
    around = RunContext(
        progress=Progress(read=lambda account, facts: log_account(LOGGER, account, facts)),
        memory_mib=settings.capacity.memory_mib,
        throttles=ThrottleCounter(),
    )
    request = RunRequest(dry_run=published_to is None)
    return verdicts_of(build_audit(settings, CallerProfile(), around, published_to).run(request, "benchmark"))


def verdicts_of(outcome: Outcome) -> Verdicts:
    """Return what a run found out. Raises ``RuntimeError`` if it did not audit and deliver everything."""
    if outcome.report.not_audited or any(receipt.undelivered for receipt in outcome.receipts):
        why = [f.verdict.sentence for f in outcome.report.findings if f.rule == "Coverage.1" and f.is_noncompliant]
        raise RuntimeError(f"not everything was audited and delivered: {len(why)} accounts, such as {why[:3]}")
    by_rule = {
        rule: frozenset(f.account.id for f in outcome.report.findings if f.rule == rule and f.is_noncompliant)
        for rule in ("STS.1", "Regions.1")
    }
    return Verdicts(by_rule["STS.1"], by_rule["Regions.1"])
