"""The first step of a run, and ``regionproof preflight``: is everything there that the audit needs?

All that is missing is told at once, each with the command that mends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .domain.causes import likely_cause
from .domain.facts import Unread
from .domain.setup import Check, CheckState
from .errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .domain.setup import Entrance, Names, Observed
    from .settings.shape import AuditSettings, Deployment

STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"
IAM = "iam.amazonaws.com"
ACCOUNT_MANAGEMENT = "account.amazonaws.com"
ROOT_CREDENTIALS = "RootCredentialsManagement"

_AT_THE_TOP = "in the management account"


@dataclass(frozen=True, slots=True)
class Needs:
    """What is asked for. ``deployment`` None: a run that is deployed already.

    ``sample``: whether an account is entered, to see that it can be.
    """

    settings: AuditSettings
    deployment: Deployment | None = None
    sample: bool = True

    @property
    def stack_sets(self) -> bool:
        """Tell whether a StackSet brings the member role into the accounts."""
        owns_role = self.settings.access == "role" and not self.settings.member_role.existing
        return bool(self.deployment and self.deployment.roll_out_to) and owns_role

    @property
    def root(self) -> bool:
        """Tell whether members are entered by root sessions."""
        return self.settings.access == "root"


def checks(needs: Needs, seen: Observed) -> tuple[Check, ...]:
    """Return everything that was looked at, in the order in which a person would set it up."""
    return (
        *_place(needs, seen),
        *_trusted_access(needs, seen),
        *_delegations(needs, seen),
        *_root_features(needs, seen),
        *_entrances(needs, seen),
        *_security_hub(seen),
    )


def not_met(found: tuple[Check, ...]) -> tuple[Check, ...]:
    """Return what is missing or could not be looked at."""
    return tuple(check for check in found if check.state is not CheckState.MET)


def stop_if_missing(found: tuple[Check, ...]) -> None:
    """Raise ``SetupError`` with all that is missing and without which no account could be read."""
    missing = [check for check in found if check.state is CheckState.MISSING and check.stops]
    if missing:
        lines = [f"- {check.need}: {check.seen}. {check.cure}" for check in missing]
        raise SetupError("\n".join(["the audit can not start; missing:", *lines]))


def _place(needs: Needs, seen: Observed) -> Iterator[Check]:
    if needs.deployment is None:
        return
    here = "management" if seen.from_management else "delegated-administrator"
    wanted = needs.deployment.account
    yield Check(
        need=f"the audit account is the one that deployment.account says ({wanted})",
        state=_state(met=here == wanted),
        seen=f"these credentials are of {seen.identity.account_id}, and the management account is "
        f"{seen.organization.management_account_id}",
        cure="use credentials of the audit account, or correct deployment.account",
    )
    named = needs.deployment.organization_id
    if needs.settings.access == "role" and not needs.settings.member_role.existing:
        yield Check(
            need="deployment.organization_id names the organization of the audit account",
            state=_state(met=named == seen.organization.id),
            seen=f"the settings say {named or 'nothing'}, and this is {seen.organization.id}",
            cure=f"set deployment.organization_id to {seen.organization.id}",
        )


def _services(needs: Needs) -> tuple[str, ...]:
    """Return the services that must be allowed to work across the organization."""
    return (*([STACK_SETS] if needs.stack_sets else []), *([IAM, ACCOUNT_MANAGEMENT] if needs.root else []))


def _trusted_access(needs: Needs, seen: Observed) -> Iterator[Check]:
    for service in _services(needs):
        yield _named(
            need=f"{service} has trusted access to the organization",
            wanted=service,
            names=seen.trusted,
            cure=f"{_AT_THE_TOP}: aws organizations enable-aws-service-access --service-principal {service}",
            stops=needs.root,
        )


def _delegations(needs: Needs, seen: Observed) -> Iterator[Check]:
    if seen.from_management:
        return
    for service in _services(needs):
        yield _named(
            need=f"account {seen.identity.account_id} is a delegated administrator for {service}",
            wanted=service,
            names=seen.delegated,
            cure=f"{_AT_THE_TOP}: aws organizations register-delegated-administrator "
            f"--account-id {seen.identity.account_id} --service-principal {service}",
            stops=needs.root,
        )


def _root_features(needs: Needs, seen: Observed) -> Iterator[Check]:
    if needs.root:
        yield _named(
            need="central root access is on, with root credentials management",
            wanted=ROOT_CREDENTIALS,
            names=seen.root_features,
            cure=f"{_AT_THE_TOP}: aws iam enable-organizations-root-credentials-management",
            stops=True,
        )


def _entrances(needs: Needs, seen: Observed) -> Iterator[Check]:
    for entrance in seen.entrances:
        yield _entrance(needs, entrance)
    if seen.no_sample:
        yield Check(
            need="a sample account can be entered",
            state=CheckState.UNKNOWN,
            seen="the organization lists no other open account to try",
        )


def _entrance(needs: Needs, entrance: Entrance) -> Check:
    account = entrance.account
    by_role = not needs.root or account.is_management
    role = needs.settings.member_role.name
    way = f"role {role} can be assumed" if by_role else "a root session can be opened"
    need = f"{way} in account {account.id}"
    failure = entrance.failure
    if failure is None:
        return Check(need=need, state=CheckState.MET)
    seen = f"{failure.call} failed with {failure.code}: {likely_cause(failure)} ({failure.message})"
    # The stack's own role trusts the deployed function only, so a person's refusal says nothing of it.
    only_the_function = needs.deployment is not None and by_role and not needs.settings.member_role.existing
    if only_the_function:
        seen = f"{role} trusts the deployed function only, and you were refused; each run of the function checks it"
    state = CheckState.UNKNOWN if only_the_function else CheckState.MISSING
    return Check(need=need, state=state, seen=seen, cure="see `Deploy it for real` in the README")


def _security_hub(seen: Observed) -> Iterator[Check]:
    region = seen.identity.region
    need = f"Security Hub is enabled in {seen.identity.account_id}, {region}"
    if isinstance(seen.security_hub, Unread):
        yield Check(need=need, state=CheckState.UNKNOWN, seen=_unread(seen.security_hub))
    elif seen.security_hub is not None:
        yield Check(
            need=need,
            state=_state(met=seen.security_hub),
            seen="" if seen.security_hub else "it is not",
            cure=f"aws securityhub enable-security-hub --no-enable-default-standards --region {region}, "
            "or set publish.security_hub.enabled to false",
        )


def _named(*, need: str, wanted: str, names: Names | None, cure: str, stops: bool) -> Check:
    if isinstance(names, Unread):
        return Check(need=need, state=CheckState.UNKNOWN, seen=_unread(names), stops=stops)
    met = names is not None and wanted in names
    return Check(need=need, state=_state(met=met), seen="" if met else "it is not", cure=cure, stops=stops)


def _unread(failure: Unread) -> str:
    return f"{failure.call} failed with {failure.code} ({failure.message})"


def _state(*, met: bool) -> CheckState:
    return CheckState.MET if met else CheckState.MISSING
