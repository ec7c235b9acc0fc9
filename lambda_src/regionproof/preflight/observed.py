"""What an audit needs around it, and what was seen of that. Pure: what was seen is read elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regionproof.domain.access import STACK_SET
from regionproof.domain.fixed_names import ROLE, fixed_names, not_owned
from regionproof.domain.fixed_names import STACK_SETS as STACK_SET_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from regionproof.domain.accounts import Account
    from regionproof.preflight.deployed import StackNeeds
    from regionproof.settings.origin import Origin
    from regionproof.settings.shape import AuditSettings, Deployment


from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from regionproof.domain.denials import message_for_one
from regionproof.domain.facts import ReadFailure

if TYPE_CHECKING:
    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.report import Identity

    from .deployed import DeployedStack

STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"
IAM = "iam.amazonaws.com"
ROOT_CREDENTIALS = "RootCredentialsManagement"


AT_THE_TOP = "in the management account"

ACTIVATE_STACK_SETS = "aws cloudformation activate-organizations-access"
"""It gives StackSets trusted access, too. Trusted access alone is not enough.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ActivateOrganizationsAccess.html
"""


CALL_AS = {"management": "SELF", "delegated-administrator": "DELEGATED_ADMIN"}
"""What CloudFormation is told of who calls, by ``deployment.account``."""

NO_STACK_SET = "no StackSet"
NO_INSTANCE = "no instance"
AT_WORK = "at work"
"""A StackSet is rolling out or updating its instance."""

Names: TypeAlias = frozenset[str] | ReadFailure
"""Names that were listed, or why they were not."""


class CheckState(StrEnum):
    """How a check ended. What could not be looked at is neither there nor missing.

    LATER: there is nothing to look at yet, only the deployed function can look, or only some organizations need it.
    It is not a defect.
    """

    MET = "MET"
    MISSING = "MISSING"
    UNKNOWN = "UNKNOWN"
    LATER = "LATER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that is needed: ``need`` as a sentence, what was seen of it, and how to fix it.

    ``fix`` is prose, and ``commands`` are what it says to run: each is shown on its own line, never wrapped.
    ``stops``: without it no account could be read rightly, so a run ends before the first one.
    """

    need: str
    state: CheckState
    seen: str = ""
    cure: str = ""
    commands: tuple[str, ...] = ()
    stops: bool = False

    @property
    def remedy(self) -> str:
        """Return fix and commands in one line, for a log."""
        return ": ".join(part for part in (self.cure, "; ".join(self.commands)) if part)


def met_or_missing(*, met: bool) -> CheckState:
    """Return the state of what was looked at."""
    return CheckState.MET if met else CheckState.MISSING


class Fix(NamedTuple):
    """How to fix something: what to do, and the commands for it."""

    text: str
    commands: tuple[str, ...] = ()


def check_listed(*, need: str, wanted: str, names: Names | None, fix: Fix, stops: bool = False) -> Check:
    """Return the check that a name is among those listed. If they could not be listed, the fix starts with "if"."""
    if isinstance(names, ReadFailure):
        state, seen, text = CheckState.UNKNOWN, describe_failure(names), f"if it is not, {fix.text}"
    else:
        met = names is not None and wanted in names
        state, seen, text = met_or_missing(met=met), "" if met else "it is not", fix.text
    return Check(need=need, state=state, seen=seen, cure=text, commands=fix.commands, stops=stops)


def describe_failure(failure: ReadFailure) -> str:
    """Return a failed call as a clause."""
    return f"{failure.call} failed with {failure.code} ({message_for_one(failure.message)})"


@dataclass(frozen=True, slots=True)
class AccessAttempt:
    """Whether one account could be entered: ``failure`` is None where it could."""

    account: Account
    failure: ReadFailure | None = None


@dataclass(frozen=True, slots=True)
class OnlyFunctionCanTry:
    """An account that was not tried: its role trusts the deployed function only."""

    account: Account


@dataclass(frozen=True, slots=True)
class StackSetStatus:
    """What the StackSet of the member role says of one account.

    ``status`` is AWS's word for the instance there, ``NO_STACK_SET``, ``NO_INSTANCE`` or ``AT_WORK``, or why it
    was not seen. ``reason`` is AWS's and untrusted text. ``region`` is that of the instance.
    """

    account: Account
    status: str | ReadFailure
    reason: str = ""
    region: str = ""


AccessCheck: TypeAlias = AccessAttempt | OnlyFunctionCanTry | StackSetStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupSnapshot:
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
    not_listed: ReadFailure | None = None
    trusted: Names | None = None
    delegated: Names | None = None
    root_features: Names | None = None
    roots: Names | None = None
    units: Names | None = None
    listed: Organization | str | None = None
    ways_in: tuple[AccessCheck, ...] = ()
    no_sample: bool = False
    security_hub: bool | ReadFailure | None = None
    stack_sets_access: str | ReadFailure | None = None
    hub_disabled_in: Names | None = None
    stack: DeployedStack | None = None

    @property
    def from_management(self) -> bool:
        """Return whether the audit runs in the management account."""
        return self.identity.account_id == self.organization.management_account_id


@dataclass(frozen=True, slots=True)
class PreflightScope:
    """What is asked for. ``deployment``: as a person's settings say; None in a run, which is deployed already.

    ``sample``: whether an account is entered, to see that it can be. ``origin`` is where a person's settings come
    from, and ``today`` the day in UTC; without them it is not looked at whether each entry has an effect.
    ``stack``: the stack to deploy, for a person only.
    """

    settings: AuditSettings
    deployment: Deployment | None = None
    sample: bool = True
    origin: Origin | None = None
    today: date | None = None
    stack: StackNeeds | None = None

    @property
    def root(self) -> bool:
        """Return whether members are entered by root sessions."""
        return self.settings.access == "root"

    @property
    def makes_roles(self) -> bool:
        """Return whether members are entered by a role that is made for it."""
        return not self.root and not self.settings.member_role.existing

    @property
    def rolls_out(self) -> tuple[str, ...] | None:
        """Return to where a person's settings roll the member role out; None: not for this run to look at."""
        return self.deployment.roll_out_to if self.deployment and self.makes_roles else None

    @property
    def asks_centrally(self) -> bool:
        """Return whether a person wants to know if the Regions of members can be asked for centrally after a denial."""
        return self.deployment is not None and not self.root and self.settings.member_role.central_fallback

    def names_to_be_free(self, owned: Mapping[str, frozenset[str]]) -> Mapping[str, tuple[str, ...]]:
        """Return the names that must not exist yet, by resource type, of a stack that has ``owned``.

        A StackSet of a delegated administrator also makes the member role in that administrator's own account.
        """
        if self.stack is None or self.deployment is None:
            return {}
        rolls_out = bool(self.rolls_out)
        wanted = not_owned(fixed_names(self.stack.engine, rolls_out=rolls_out), owned)
        if self.deployment.account == "management" or STACK_SET not in wanted.get(STACK_SET_TYPE, ()):
            return wanted
        return {**wanted, ROLE: (*wanted.get(ROLE, ()), self.settings.member_role.name)}

    def by_role(self, account: Account) -> bool:
        """Return whether an account is entered by a role. AWS opens no root session in the management account."""
        return not self.root or account.is_management

    def only_for_the_function(self, account: Account) -> bool:
        """Return whether only the function can try: the role that the stack makes trusts no one else."""
        return self.deployment is not None and self.by_role(account) and not self.settings.member_role.existing
