"""What an audit needs around it, and what was seen of that. Pure: what was seen is read elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .denials import message_for_one
from .facts import Unread

if TYPE_CHECKING:
    from .accounts import Account, Organization
    from .deployed import DeployedStack
    from .report import Identity

STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"
IAM = "iam.amazonaws.com"
ACCOUNT_MANAGEMENT = "account.amazonaws.com"
ROOT_CREDENTIALS = "RootCredentialsManagement"

STACK_SET = "RegionProofMemberRole"
"""Name of the StackSet that brings the member role, and of the stack that does so by hand."""

AT_THE_TOP = "in the management account"

ACTIVATE_STACK_SETS = "aws cloudformation activate-organizations-access"
"""It gives StackSets trusted access, too. Trusted access alone is not enough.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ActivateOrganizationsAccess.html
"""

DEPLOY_MEMBER_ROLE = f"npx cdk deploy {STACK_SET} --parameters AuditRoleArn=AUDIT_ROLE_ARN_FROM_THE_OUTPUTS"
"""The command that brings the member role to the account of the credentials in use."""

CALL_AS = {"management": "SELF", "delegated-administrator": "DELEGATED_ADMIN"}
"""What CloudFormation is told of who calls, by ``deployment.account``."""

NO_STACK_SET = "no StackSet"
NO_INSTANCE = "no instance"
AT_WORK = "at work"
"""A StackSet is rolling out or updating its instance."""

Names: TypeAlias = frozenset[str] | Unread
"""Names that were listed, or why they were not."""


class CheckState(StrEnum):
    """How a check ended. What could not be looked at is neither there nor missing.

    LATER: there is nothing to look at yet, only the deployed function can look, or only some organizations need it.
    It is no defect.
    """

    MET = "MET"
    MISSING = "MISSING"
    UNKNOWN = "UNKNOWN"
    LATER = "LATER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that is needed: ``need`` as a sentence, what was seen of it, and how to fix it.

    ``cure`` is prose, and ``commands`` are what it says to run: each is shown on a line of its own, never wrapped.
    ``stops``: without it no account could be read rightly, so that a run ends before the first one.
    """

    need: str
    state: CheckState
    seen: str = ""
    cure: str = ""
    commands: tuple[str, ...] = ()
    stops: bool = False

    @property
    def remedy(self) -> str:
        """Return cure and commands in one line, for a log."""
        return ": ".join(part for part in (self.cure, "; ".join(self.commands)) if part)


def state_of(*, met: bool) -> CheckState:
    """Return the state of what was looked at."""
    return CheckState.MET if met else CheckState.MISSING


class Fix(NamedTuple):
    """How to fix something: what to do, and the commands for it."""

    text: str
    commands: tuple[str, ...] = ()


def check_named(*, need: str, wanted: str, names: Names | None, fix: Fix, stops: bool = False) -> Check:
    """Return the check that a name is among those listed. If they could not be listed, the fix starts with "if"."""
    if isinstance(names, Unread):
        state, seen, text = CheckState.UNKNOWN, told(names), f"if it is not, {fix.text}"
    else:
        met = names is not None and wanted in names
        state, seen, text = state_of(met=met), "" if met else "it is not", fix.text
    return Check(need=need, state=state, seen=seen, cure=text, commands=fix.commands, stops=stops)


def told(failure: Unread) -> str:
    """Return a failed call as a clause."""
    return f"{failure.call} failed with {failure.code} ({message_for_one(failure.message)})"


@dataclass(frozen=True, slots=True)
class Entrance:
    """Whether one account could be entered: ``failure`` is None where it could."""

    account: Account
    failure: Unread | None = None


@dataclass(frozen=True, slots=True)
class ForTheFunction:
    """An account that was not tried: its role trusts the deployed function only."""

    account: Account


@dataclass(frozen=True, slots=True)
class RollOut:
    """What the StackSet of the member role says of one account.

    ``status`` is AWS's word for the instance there, ``NO_STACK_SET``, ``NO_INSTANCE`` or ``AT_WORK``, or why it
    was not seen. ``reason`` is AWS's and untrusted text. ``region`` is that of the instance.
    """

    account: Account
    status: str | Unread
    reason: str = ""
    region: str = ""


WayIn: TypeAlias = Entrance | ForTheFunction | RollOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was seen around the audit. None: this run did not need to look.

    ``not_listed`` is why the accounts could not be listed; nothing is known then of a sample. ``delegated`` are
    the services that the caller's account administers for the organization. ``roots`` are those of the
    organization, ``units`` the units under ``deployment.roll_out_to`` that it has. ``listed`` is the
    organization with all accounts and units, or a clause that says why it could not be listed. ``stack_sets_access`` is
    CloudFormation's own word for whether StackSets may deploy to the organization. ``hub_disabled_in`` are the Regions
    in which a policy of the organization disables Security Hub CSPM in the caller's account.
    """

    identity: Identity
    organization: Organization
    not_listed: Unread | None = None
    trusted: Names | None = None
    delegated: Names | None = None
    root_features: Names | None = None
    roots: Names | None = None
    units: Names | None = None
    listed: Organization | str | None = None
    ways_in: tuple[WayIn, ...] = ()
    no_sample: bool = False
    security_hub: bool | Unread | None = None
    stack_sets_access: str | Unread | None = None
    hub_disabled_in: Names | None = None
    stack: DeployedStack | None = None

    @property
    def from_management(self) -> bool:
        """Tell whether the audit runs in the management account."""
        return self.identity.account_id == self.organization.management_account_id
