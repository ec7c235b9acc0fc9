"""The composition root: the one place that picks the adapters of a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import NoCredentialsError

from .audit import Audit, Progress
from .aws.account_reader import AccountReader
from .aws.failures import said_clearly
from .aws.identity import read_identity
from .aws.member_access import RoleAccess
from .aws.organization import ListedOrganization
from .aws.sessions import callers_session, client_config, members_session, sts_client
from .probes import probes_for
from .publishers.security_hub import SecurityHubPublisher
from .publishers.sns import SnsPublisher
from .rules import facts_needed

if TYPE_CHECKING:
    import boto3
    from aws_lambda_powertools import Logger
    from botocore.config import Config

    from .domain.ports import Publisher
    from .probes.declaration import Probe
    from .settings.shape import AuditSettings

WORKERS = 32


@dataclass(frozen=True, slots=True)
class Caller:
    """Who the audit runs as. ``profile`` and ``region`` None: the standard AWS configuration."""

    profile: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where the report goes: the topic of the alerts, and the log that tells what did not arrive."""

    topic_arn: str
    logger: Logger


def build_audit(
    settings: AuditSettings, caller: Caller, progress: Progress, destinations: Destinations | None = None
) -> Audit:
    """Return a run that is ready to go, with every client made once. Without destinations it only reads.

    Raises ``SetupError`` where the caller has no valid credentials.
    """
    config = client_config(WORKERS)
    with said_clearly():
        session = callers_session(caller.profile, caller.region)
        sts = sts_client(session, config)
        own = session.get_credentials()
        if own is None:
            raise NoCredentialsError
        identity = read_identity(sts, session.region_name)
    probes = probes_for(facts_needed(settings.rules, identity.partition))
    access = RoleAccess(sts, identity, own, settings.member_role.name)
    return Audit(
        settings=settings,
        identity=identity,
        organization=ListedOrganization(session.client("organizations", config=config)),
        reader=AccountReader(access, probes, _member_clients(probes, session.region_name, config)),
        publishers=_publishers(settings, session, config, destinations) if destinations else (),
        clock=lambda: datetime.now(UTC),
        workers=WORKERS,
        progress=progress,
    )


def _member_clients(probes: tuple[Probe, ...], region: str, config: Config) -> dict[str, Any]:
    session: Any = members_session(region)
    return {service: session.client(service, config=config) for service in {probe.service for probe in probes}}


def _publishers(
    settings: AuditSettings, session: boto3.Session, config: Config, destinations: Destinations
) -> tuple[Publisher, ...]:
    sns = SnsPublisher(session.client("sns", config=config), destinations.topic_arn, destinations.logger)
    if not settings.publish.security_hub.enabled:
        return (sns,)
    security_hub = SecurityHubPublisher(session.client("securityhub", config=config), destinations.logger)
    return (security_hub, sns)
