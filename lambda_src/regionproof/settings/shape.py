"""The only declaration of the contents of ``regionproof.yaml``.

Frozen dataclasses of the standard library, all that the function needs. The sentence under a field is its help in
the editor. ``AuditSettings`` is the part that the function carries; ``Settings`` adds the deployment's part, which
keeps the addresses of ``alerts`` out of the zip. The owner of an exemption is in the zip: findings and alerts name it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date  # noqa: TC003  # read at run time by dacite and pydantic
from typing import Any, Literal

from . import formats as f  # noqa: TC001  # the same

RuleId = Literal["STS.1", "Regions.1", "Coverage.1"]
RETENTION_DAYS = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]

_CLOSED: Any = {"extra": "forbid", "use_attribute_docstrings": True}


def _as_rule_id(field_name: str) -> str:
    """Return the rule id of a field name: ``STS.1`` for ``sts_1``."""
    return {"sts_1": "STS.1", "regions_1": "Regions.1"}[field_name]


_CLOSED_RULES: Any = {**_CLOSED, "alias_generator": _as_rule_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which accounts are audited. Empty lists mean the whole organization.

    An account that is left out is not absent: for STS.1 it is as the ledger last knew it, or else unknown.
    """

    organizational_units: tuple[f.OrganizationalUnitId, ...] = ()
    """Audit only accounts below these organizational units."""
    exclude_organizational_units: tuple[f.OrganizationalUnitId, ...] = ()
    """Leave out accounts below these organizational units."""
    exclude_accounts: tuple[f.AccountId, ...] = ()
    """Leave out these accounts."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRole:
    """The read-only role that the audit assumes in each member account."""

    name: f.RoleName = "RegionProofAudit"
    """Name of the role, the same in every account."""
    path: f.RolePath = "/"
    """Path of the role, the same in every account. Once deployed, change it together with the name only."""
    existing: bool = False
    """The role is there already, such as AWSControlTowerExecution: the stack makes none and rolls none out."""
    central_fallback: bool = True
    """Ask centrally for the Regions of an account that denies account:ListRegions to the role. Needs trusted access for
    Account Management, and in a delegated administrator account its delegation."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class StsRule:
    """STS.1: the STS global endpoint issues tokens valid in all Regions."""

    enabled: bool = True
    """Whether the rule is judged at all."""
    require: Literal["always", "when-opt-in"] = "always"
    """Version 2 tokens always, or only while any account of the organization, in scope or not, uses an opt-in Region.
    While an account that no run has read might use one, when-opt-in decides nothing (INSUFFICIENT_DATA)."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionsRule:
    """Regions.1: only approved opt-in Regions are enabled. The nearest list wins: account, OU, all."""

    enabled: bool = True
    """Whether the rule is judged at all."""
    approved: tuple[f.Region, ...] | None = None
    """Opt-in Regions approved in the whole organization. Without any list the rule does not apply."""
    organizational_units: dict[f.OrganizationalUnitId, tuple[f.Region, ...]] = field(default_factory=dict)
    """Lists for the accounts below an organizational unit."""
    accounts: dict[f.AccountId, tuple[f.Region, ...]] = field(default_factory=dict)
    """Lists for single accounts."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Settings of the rules. Coverage.1 has none: a failed read is always reported."""

    sts_1: StsRule = field(default_factory=StsRule)
    """The token version of the STS global endpoint."""
    regions_1: RegionsRule = field(default_factory=RegionsRule)
    """The opt-in Regions that may be enabled."""

    __pydantic_config__ = _CLOSED_RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A known exception with an owner, a reason and an end. The finding stays visible, marked as exempt."""

    account: f.AccountId
    """The exempt account."""
    rule: RuleId
    """The rule it is exempt from."""
    owner: f.Owner
    """Who answers for it, in at most 200 characters."""
    reason: f.Reason
    """Why it is right for now, in at most 500 characters."""
    until: date
    """Last day on which it holds (UTC)."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityHub:
    """The Security Hub that findings are sent to: the one of the account and Region of the deployment."""

    enabled: bool = True
    """Send findings to Security Hub."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Where findings go besides the SNS topic, which is always there."""

    security_hub: SecurityHub = field(default_factory=SecurityHub)
    """Security Hub."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminders:
    """Reminders of unchanged findings and of exemptions about to end."""

    open_findings_every_days: f.DaysOfReminder = 7
    """Days after which findings that are still open are reported again."""
    exemptions_ending_within_days: f.DaysOfNotice = 14
    """Days before the last day of an exemption on which its end is announced. 0: on the last day itself."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Who is told."""

    emails: tuple[f.EmailAddress, ...] = ()
    """Addresses subscribed to the findings' topic. Each must confirm the mail that AWS sends."""
    operations_emails: tuple[f.EmailAddress, ...] = ()
    """Addresses that get alarms when the audit itself fails. Empty: those of the findings."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the audit runs."""

    enabled: bool = True
    """Whether the schedule fires."""
    expression: f.ScheduleExpression = "cron(0 6 * * ? *)"
    """An EventBridge Scheduler expression: cron(…) with six fields, or rate(1 day)."""
    time_zone: f.TimeZone = "UTC"
    """IANA name of the time zone that a cron expression means."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How much a run takes on."""

    accounts_at_once: f.AccountsAtOnce = 512
    """Accounts read at once, at most. Memory and file descriptors may allow fewer."""
    memory_mib: f.MemoryMib = 512
    """Memory of the function in MiB. Lambda gives computing power with it: 0.29 of a vCPU at 512, one at 1,769."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """The function's log group."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """DEBUG adds one line per account."""
    retention_days: RETENTION_DAYS = 90
    """Days that CloudWatch Logs keeps a line."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The account of the stack, and the accounts that get the member role."""

    account: Literal["management", "delegated-administrator"] = "management"
    """Which account of the organization runs the audit."""
    organization_id: f.OrganizationId | None = None
    """The organization. Both ways in are held to it: the trust of member roles, and the rights of the audit's role."""
    roll_out_to: tuple[f.TargetId, ...] = ()
    """Root or organizational units whose accounts get the member role by StackSet. Empty: no StackSet. Without
    effect with root sessions and with an existing role."""
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """Processor of the function. Choose x86_64 in a Region where Lambda has no arm64."""
    ledger_bucket: f.BucketName | None = None
    """The ledger bucket that a removed deployment left. The first deployment adopts it with
    --import-existing-resources. Keep the name afterwards: without it the stack makes a new, empty bucket."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """The settings of a run."""

    scope: Scope = field(default_factory=Scope)
    """Which accounts are audited."""
    access: Literal["role", "root"] = "role"
    """The way into member accounts: a read-only role in each, or short root sessions without any role."""
    member_role: MemberRole = field(default_factory=MemberRole)
    """The role that the audit assumes in each member account."""
    rules: Rules = field(default_factory=Rules)
    """Settings of the rules."""
    exemptions: tuple[Exemption, ...] = ()
    """Known exceptions, each with an end."""
    publish: Publish = field(default_factory=Publish)
    """Where findings go."""
    reminders: Reminders = field(default_factory=Reminders)
    """Reminders of unchanged findings and of exemptions about to end."""
    capacity: Capacity = field(default_factory=Capacity)
    """How much a run takes on."""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(AuditSettings):
    """The whole content of ``regionproof.yaml``."""

    alerts: Alerts = field(default_factory=Alerts)
    """Who is told."""
    schedule: Schedule = field(default_factory=Schedule)
    """When the audit runs."""
    logs: Logs = field(default_factory=Logs)
    """The function's log."""
    deployment: Deployment = field(default_factory=Deployment)
    """The deployment of the stack."""
    engine: Literal["lambda", "step-functions"] = "lambda"
    """What carries a run: one function call, or a state machine over batches of accounts."""

    __pydantic_config__ = _CLOSED
