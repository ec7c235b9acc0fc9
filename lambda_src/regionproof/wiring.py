"""The composition root: the one place that picks the adapters of a run."""

from __future__ import annotations

import resource
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from .audit.run import Audit, NullLedgerStore, Progress
from .aws import pacing
from .aws.account_reader import AccountReader
from .aws.central_reads import CentralReads
from .aws.failures import as_setup_error
from .aws.identity import load_credentials, read_identity
from .aws.ledger_store import S3LedgerStore
from .aws.limits import Limits
from .aws.member_access import RoleAccess
from .aws.organization import OrganizationLister
from .aws.pacing import RateLimiter, pace
from .aws.redaction import redact
from .aws.retrying import Patience
from .aws.root_access import RootAccess
from .aws.run_objects import S3RunObjects
from .aws.sessions import callers_session, client, members_session, sts_client
from .aws.setup_inspector import LONGEST_SAMPLE_SECONDS, SetupInspector
from .aws.stack_inspector import StackReading
from .aws.stack_set_inspector import StackSetInspector
from .preflight.first_step import check_before_run
from .preflight.observed import PreflightScope
from .probes import probes_for
from .publishers.finding_index import SecurityHubFindingIndex
from .publishers.security_hub import SecurityHubPublisher
from .publishers.sns import SnsPublisher
from .rules import facts_needed
from .runtime import accounts_at_once
from .telemetry import log_central_refusal
from .time_budget import TimeBudget, no_time_limit

if TYPE_CHECKING:
    import boto3
    from aws_lambda_powertools import Logger
    from botocore.credentials import Credentials

    from .audit.settings_check import SettingsCheck
    from .aws.member_access import MemberAccess
    from .aws.pacing import Rate, ThrottleCounter
    from .domain.ports import FindingIndex, Publisher, RemainingTime
    from .domain.report import Identity
    from .probes.declaration import Probe
    from .settings.shape import AuditSettings

PART_FOR_A_SAMPLE = 0.1
"""What part of its time for reading a run spends at most on seeing whether a sample account can be entered."""

ATTEMPTS_TO_ALERT = 2
"""SNS may deliver a message although its answer is lost, so each further attempt may be one more mail."""


@dataclass(frozen=True, slots=True)
class CallerProfile:
    """Who the audit runs as. ``profile`` and ``region`` None: the standard AWS configuration."""

    profile: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Destinations:
    """The outputs of a run: the topic of the alerts, the ledger's bucket, and the log."""

    topic_arn: str
    ledger_bucket: str
    logger: Logger


@dataclass(frozen=True, slots=True)
class RunContext:
    """The context of a run: who follows its progress, how long it may take, and what it may use.

    ``limits`` None: as many accounts at once as ``memory_mib`` (None: not limited) and file descriptors allow.
    ``share`` is the part of the quotas of shared calls that this process may use, above 0, up to 1.
    """

    progress: Progress = field(default_factory=Progress)
    remaining_time: RemainingTime = no_time_limit
    limits: Limits | None = None
    memory_mib: int | None = None
    share: float = 1
    throttles: ThrottleCounter | None = None


def build_audit(
    settings: AuditSettings,
    caller: CallerProfile,
    around: RunContext,
    destinations: Destinations | None = None,
    check: SettingsCheck | None = None,
) -> Audit:
    """Return a run, with every client made once. Without destinations it only reads.

    ``check`` knows where the settings are in their file; without it their entries are named without a line.

    Raises ``SetupError`` if the caller has no valid credentials, Region, profile or endpoint.
    """
    with as_setup_error(caller.profile):
        audit = _Composition.open(settings, caller, around).audit(destinations)
        return replace(audit, settings_check=check) if check else audit


def build_setup_inspector(settings: AuditSettings, caller: CallerProfile) -> SetupInspector:
    """Return what looks at the surroundings of an audit for a person. Raises as ``build_audit``."""
    with as_setup_error(caller.profile):
        workshop = _Composition.open(settings, caller, RunContext())
        return workshop.cli_setup_inspector()


def build_run_objects(bucket: str, remaining_time: RemainingTime) -> S3RunObjects:
    """Return the store of a run in steps. Raises as ``build_audit``."""
    with as_setup_error(None):
        limits, patience = Limits(), Patience(TimeBudget(remaining_time).for_run)
        return S3RunObjects(client(callers_session(), "s3", limits, patience), bucket)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Composition:
    """The sessions and the caller's identity, from which the parts of a run are made."""

    settings: AuditSettings
    around: RunContext
    budget: TimeBudget
    limits: Limits
    callers: boto3.Session
    members: Any
    own: Credentials
    sts: Any
    identity: Identity

    @classmethod
    def open(cls, settings: AuditSettings, caller: CallerProfile, around: RunContext) -> _Composition:
        """Make the sessions and ask who the caller is."""
        budget = TimeBudget(around.remaining_time)
        limits = around.limits or _limits(settings, around.memory_mib)
        callers = callers_session(caller.profile, caller.region)
        members: Any = members_session(callers.region_name, caller.profile)
        if around.throttles:
            around.throttles.watch(callers)
            around.throttles.watch(members)
        own = load_credentials(callers)
        sts = sts_client(callers, limits, Patience(budget.for_reading))
        sessions = RateLimiter(pacing.STS_SESSIONS.shared(around.share), budget.for_reading)
        pace(sts, "AssumeRole", sessions)
        pace(sts, "AssumeRoot", sessions)
        return cls(
            settings=settings,
            around=around,
            budget=budget,
            limits=limits,
            callers=callers,
            members=members,
            own=own,
            sts=sts,
            identity=read_identity(sts, callers.region_name),
        )

    def audit(self, destinations: Destinations | None) -> Audit:
        """Return the run."""
        publishes = destinations is not None and self.settings.publish.security_hub.enabled
        reading = self.setup_inspector(publishes=publishes)
        logger = destinations.logger if destinations else None
        return Audit(
            settings=self.settings,
            identity=self.identity,
            organization=reading.organization,
            reader=self._reader(reading.access, destinations),
            publishers=self._publishers(destinations) if destinations else (),
            clock=_now,
            workers=self.limits.workers,
            preflight=lambda partial: check_before_run(
                PreflightScope(self.settings, sample=not partial), reading, logger
            ),
            ledger=self._ledger(destinations) if destinations else NullLedgerStore(),
            finding_index=self._finding_index(destinations),
            budget=self.budget,
            progress=self.around.progress,
            redact=redact,
        )

    def cli_setup_inspector(self) -> SetupInspector:
        """Return the inspector for the command line, which also checks what only a person may read."""
        reading = self.setup_inspector(publishes=self.settings.publish.security_hub.enabled)
        roll_out = StackSetInspector(reading.organizations, self._client("cloudformation"))
        stack = StackReading(identity=self.identity, client=self._client)
        return replace(reading, roll_out=roll_out, stack=stack)

    def setup_inspector(self, *, publishes: bool) -> SetupInspector:
        """Return what looks at the surroundings."""
        organizations = self._client("organizations")
        for operation in ("ListAccounts", "ListAccountsForParent", "ListOrganizationalUnitsForParent", "ListRoots"):
            pace(organizations, operation, self._limiter(pacing.ORGANIZATIONS))
        return SetupInspector(
            identity=self.identity,
            organization=OrganizationLister(organizations, self.around.progress.listed),
            organizations=organizations,
            iam=self._client("iam") if self.settings.access == "root" else None,
            security_hub=self._client("securityhub") if publishes else None,
            access=self._access(self._probes()),
            sample_seconds=min(LONGEST_SAMPLE_SECONDS, PART_FOR_A_SAMPLE * self.budget.for_reading()),
        )

    def _probes(self) -> tuple[Probe, ...]:
        return probes_for(facts_needed(self.settings.rules, self.identity.partition))

    def _access(self, probes: tuple[Probe, ...]) -> MemberAccess:
        by_role = RoleAccess(self.sts, self.identity, self.own, self.settings.member_role, probes)
        if self.settings.access == "role":
            return by_role
        return RootAccess(self.sts, self.identity, self.own, by_role)

    def _reader(self, access: MemberAccess, destinations: Destinations | None) -> AccountReader:
        probes = self._probes()
        patience = Patience(self.budget.for_reading)
        clients = {probe.service: client(self.members, probe.service, self.limits, patience) for probe in probes}
        return AccountReader(access, probes, clients, self._central_reads(probes, destinations), self.limits)

    def _central_reads(self, probes: tuple[Probe, ...], destinations: Destinations | None) -> CentralReads:
        told = {"on_refusal": partial(log_central_refusal, destinations.logger)} if destinations else {}
        return CentralReads(self._central_clients(probes), self.limits, self.budget.for_reading, **told)

    def _central_clients(self, probes: tuple[Probe, ...]) -> dict[str, Any]:
        """Return the caller's clients of the reads that AWS answers centrally, each at the pace that AWS allows."""
        if self.settings.access == "role" and not self.settings.member_role.central_fallback:
            return {}
        found = {probe.service: self._client(probe.service) for probe in probes if probe.read_centrally}
        for central in found.values():
            pace(central, "ListRegions", self._limiter(pacing.CENTRAL_LIST_REGIONS.shared(self.around.share)))
        return found

    def _publishers(self, destinations: Destinations) -> tuple[Publisher, ...]:
        limits = replace(self.limits, attempts=min(self.limits.attempts, ATTEMPTS_TO_ALERT))
        sns_client = client(self.callers, "sns", limits, Patience(self.budget.for_alert))
        in_hub = self.settings.publish.security_hub.enabled
        sns = SnsPublisher(sns_client, destinations.topic_arn, destinations.logger, security_hub=in_hub)
        if not in_hub:
            return (sns,)
        securityhub = client(self.callers, "securityhub", self.limits, Patience(self.budget.for_imports))
        pace(securityhub, "BatchImportFindings", RateLimiter(pacing.IMPORTS, self.budget.for_imports))
        return (SecurityHubPublisher(securityhub, destinations.logger, self._no_time_for_imports), sns)

    def _finding_index(self, destinations: Destinations | None) -> FindingIndex | None:
        """Return what lists the findings in Security Hub; None if the audit sends none there."""
        if destinations is None or not self.settings.publish.security_hub.enabled:
            return None
        time_left = self.budget.for_old_findings
        securityhub = client(self.callers, "securityhub", self.limits, Patience(time_left))
        pace(securityhub, "GetFindings", RateLimiter(pacing.LISTINGS, time_left))
        return SecurityHubFindingIndex(securityhub, self.identity, destinations.logger)

    def _no_time_for_imports(self) -> bool:
        return self.budget.for_imports() <= 0

    def _ledger(self, destinations: Destinations) -> S3LedgerStore:
        s3 = client(self.callers, "s3", self.limits, Patience(self.budget.for_run))
        return S3LedgerStore(s3, destinations.ledger_bucket, _now)

    def _client(self, service: Any) -> Any:
        """Return a client of the caller for what comes before publishing."""
        return client(self.callers, service, self.limits, Patience(self.budget.for_reading))

    def _limiter(self, rate: Rate) -> RateLimiter:
        return RateLimiter(rate, self.budget.for_reading)


def _now() -> datetime:
    return datetime.now(UTC)


def _limits(settings: AuditSettings, memory_mib: int | None) -> Limits:
    workers = accounts_at_once(
        settings.capacity.accounts_at_once,
        memory_mib=memory_mib,
        descriptors=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        by_root=settings.access == "root",
    )
    return replace(Limits(), workers=workers)
