"""The composition root: the one place that picks the adapters of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import NoCredentialsError

from .audit import Audit, NoLedger, Progress, no_time_limit
from .aws.account_reader import AccountReader
from .aws.failures import said_clearly
from .aws.identity import read_identity
from .aws.ledger_store import S3LedgerStore
from .aws.member_access import RoleAccess
from .aws.organization import ListedOrganization
from .aws.sessions import Limits, callers_config, callers_session, members_config, members_session, sts_client
from .probes import probes_for
from .publishers.security_hub import SecurityHubPublisher
from .publishers.sns import SnsPublisher
from .rules import facts_needed

if TYPE_CHECKING:
    import boto3
    from aws_lambda_powertools import Logger
    from botocore.config import Config

    from .aws.throttling import ThrottleCounter
    from .domain.ports import Publisher, RemainingTime
    from .settings.shape import AuditSettings


SECONDS_FOR_ALERT_AND_LEDGER = 180
"""What is kept of the run's time for the call under way, the alert and the ledger. No other call must eat it up."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who the audit runs as. ``profile`` and ``region`` None: the standard AWS configuration."""

    profile: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where a run leaves its traces: the topic of the alerts, the ledger's bucket, and the log of refusals."""

    topic_arn: str
    ledger_bucket: str
    logger: Logger


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run lives in: how far it is told, how long it may take, and what its calls may take."""

    progress: Progress = field(default_factory=Progress)
    remaining_time: RemainingTime = no_time_limit
    limits: Limits = field(default_factory=Limits)
    throttles: ThrottleCounter | None = None


def build_audit(
    settings: AuditSettings, caller: Caller, around: Surroundings, destinations: Destinations | None = None
) -> Audit:
    """Return a run that is ready to go, with every client made once. Without destinations it only reads.

    Raises ``SetupError`` where the caller has no valid credentials, Region, profile or endpoint.
    """
    with said_clearly():
        return _build(settings, caller, around, destinations)


def _build(settings: AuditSettings, caller: Caller, around: Surroundings, destinations: Destinations | None) -> Audit:
    config = callers_config(around.limits)
    session = callers_session(caller.profile, caller.region)
    members: Any = members_session(session.region_name, caller.profile)
    if around.throttles:
        around.throttles.watch(session)
        around.throttles.watch(members)
    own = session.get_credentials()
    if own is None:
        raise NoCredentialsError
    sts = sts_client(session, config)
    identity = read_identity(sts, session.region_name)
    probes = probes_for(facts_needed(settings.rules, identity.partition))
    services = {probe.service for probe in probes}
    clients = {service: members.client(service, config=members_config(around.limits)) for service in services}
    return Audit(
        settings=settings,
        identity=identity,
        organization=ListedOrganization(session.client("organizations", config=config)),
        reader=AccountReader(RoleAccess(sts, identity, own, settings.member_role.name), probes, clients),
        publishers=_publishers(settings, session, around, destinations) if destinations else (),
        clock=lambda: datetime.now(UTC),
        workers=around.limits.workers,
        ledger=_ledger(session, config, destinations) if destinations else NoLedger(),
        remaining_time=around.remaining_time,
        progress=around.progress,
    )


def _ledger(session: boto3.Session, config: Config, destinations: Destinations) -> S3LedgerStore:
    return S3LedgerStore(session.client("s3", config=config), destinations.ledger_bucket)


def _publishers(
    settings: AuditSettings, session: boto3.Session, around: Surroundings, destinations: Destinations
) -> tuple[Publisher, ...]:
    config = callers_config(around.limits)
    sns = SnsPublisher(session.client("sns", config=config), destinations.topic_arn, destinations.logger)
    if not settings.publish.security_hub.enabled:
        return (sns,)
    client = session.client("securityhub", config=config)
    security_hub = SecurityHubPublisher(
        client, destinations.logger, lambda: around.remaining_time() < SECONDS_FOR_ALERT_AND_LEDGER
    )
    return (security_hub, sns)
