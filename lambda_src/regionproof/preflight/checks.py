"""The first step of a run, and ``regionproof preflight``: is everything there that the audit needs?

All that is missing is reported at once, each with the command that fixes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.causes import is_refused_as_member
from regionproof.domain.partition import ACCOUNT_MANAGEMENT, has_account_management
from regionproof.errors import SetupError

from .access_checks import roll_out_checks, way_in_checks
from .deployment_checks import deployment_checks
from .observed import (
    ACTIVATE_STACK_SETS,
    AT_THE_TOP,
    IAM,
    ROOT_CREDENTIALS,
    STACK_SETS,
    Check,
    CheckState,
    Fix,
    check_listed,
    describe_failure,
    met_or_missing,
)
from .organization_checks import all_features, stack_sets_access
from .security_hub_checks import security_hub_checks
from .settings_checks import settings_checks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regionproof.preflight.observed import PreflightScope

    from .observed import SetupSnapshot

_NO_COMMANDS: tuple[str, ...] = ()


def checks(needs: PreflightScope, seen: SetupSnapshot) -> tuple[Check, ...]:
    """Return everything that was looked at, in the order in which a person would set it up."""
    return (
        *_place(needs, seen),
        *_organization_id(needs, seen),
        *all_features(needs, seen),
        *_listing(needs, seen),
        *_trusted_access(needs, seen),
        *_central_fallback(needs, seen),
        *stack_sets_access(seen),
        *_delegations(needs, seen),
        *_root_features(needs, seen),
        *roll_out_checks(needs, seen),
        *settings_checks(needs, seen),
        *way_in_checks(needs, seen),
        *security_hub_checks(seen),
        *deployment_checks(needs, seen),
    )


def not_met(found: tuple[Check, ...]) -> tuple[Check, ...]:
    """Return what is missing or could not be looked at."""
    return tuple(check for check in found if check.state in {CheckState.MISSING, CheckState.UNKNOWN})


def stop_if_missing(found: tuple[Check, ...]) -> None:
    """Raise ``SetupError`` with all that is missing and without which no account could be read.

    What could not be looked at stops nothing on its own. It is told with the rest, as it may be missing as well.
    """
    missing = _lines(found, CheckState.MISSING)
    if missing:
        unseen = _lines(found, CheckState.UNKNOWN)
        also = ["could not be checked, and may be missing too:", *unseen] if unseen else []
        raise SetupError("\n".join(["the audit cannot start; missing:", *missing, *also]))


def _lines(found: tuple[Check, ...], state: CheckState) -> list[str]:
    chosen = [check for check in found if check.state is state and check.stops]
    return [f"- {check.need}: {check.seen}. {check.remedy}" for check in chosen]


def _place(needs: PreflightScope, seen: SetupSnapshot) -> Iterator[Check]:
    if needs.deployment is None:
        return
    here = "management" if seen.from_management else "delegated-administrator"
    wanted = needs.deployment.account
    yield Check(
        need=f"the audit account is the one that deployment.account names ({wanted})",
        state=met_or_missing(met=here == wanted),
        seen=f"these credentials are of {seen.identity.account_id}, and the management account is "
        f"{seen.organization.management_account_id}",
        cure="use credentials of the audit account, or correct deployment.account",
    )


def _organization_id(needs: PreflightScope, seen: SetupSnapshot) -> Iterator[Check]:
    """Yield the check of the id, which is in the trust of the roles and, where given, in the audit's rights."""
    if needs.deployment is None:
        return
    named = needs.deployment.organization_id
    if needs.makes_roles or named:
        yield Check(
            need="deployment.organization_id names the organization of the audit account",
            state=met_or_missing(met=named == seen.organization.id),
            seen=f"the settings say {named or 'nothing'}, and this is {seen.organization.id}",
            cure=f"set deployment.organization_id to {seen.organization.id}",
        )


def _listing(needs: PreflightScope, seen: SetupSnapshot) -> Iterator[Check]:
    if seen.not_listed is None:
        return
    cure, commands = "allow organizations:ListAccounts to the caller of the audit", _NO_COMMANDS
    if is_refused_as_member(seen.not_listed):
        has_service = has_account_management(seen.identity.partition)
        to_register = _registration(seen, ACCOUNT_MANAGEMENT if has_service else IAM)
        below = _services(needs, seen)
        cure, commands = ("register it, as shown below", _NO_COMMANDS) if below else (AT_THE_TOP, to_register)
    yield Check(
        need=f"account {seen.identity.account_id} may list the accounts of the organization",
        state=CheckState.MISSING,
        seen=describe_failure(seen.not_listed),
        cure=cure,
        commands=commands,
        stops=True,
    )


def _services(needs: PreflightScope, seen: SetupSnapshot) -> tuple[str, ...]:
    """Return the services that must be allowed to work across the organization."""
    if needs.root:
        central = (ACCOUNT_MANAGEMENT,) if has_account_management(seen.identity.partition) else ()
        return IAM, *central
    return (STACK_SETS,) if needs.rolls_out else ()


def _trusted_access(needs: PreflightScope, seen: SetupSnapshot) -> Iterator[Check]:
    for service in _services(needs, seen):
        yield check_listed(
            need=f"{service} has trusted access to the organization",
            wanted=service,
            names=seen.trusted,
            fix=Fix(AT_THE_TOP, (_enabling(service),)),
            stops=needs.root,
        )


def _enabling(service: str) -> str:
    if service == STACK_SETS:
        return ACTIVATE_STACK_SETS
    return f"aws organizations enable-aws-service-access --service-principal {service}"


def _central_fallback(needs: PreflightScope, seen: SetupSnapshot) -> Iterator[Check]:
    """Yield whether Regions can be asked for centrally. Few organizations need it, so what is missing is not a defect.

    An account that needs it and does not get it has a finding.
    """
    if not needs.asks_centrally or not isinstance(seen.trusted, frozenset):
        return
    delegated = seen.from_management or (isinstance(seen.delegated, frozenset) and ACCOUNT_MANAGEMENT in seen.delegated)
    met = ACCOUNT_MANAGEMENT in seen.trusted and delegated
    enable = (f"aws organizations enable-aws-service-access --service-principal {ACCOUNT_MANAGEMENT}",)
    yield Check(
        need=f"{ACCOUNT_MANAGEMENT} answers this account centrally for members that deny account:ListRegions",
        state=CheckState.MET if met else CheckState.LATER,
        seen="" if met else "it does not; needed only if a service control policy denies Regions",
        cure=AT_THE_TOP,
        commands=_registration(seen, ACCOUNT_MANAGEMENT) if ACCOUNT_MANAGEMENT in seen.trusted else enable,
    )


def _delegations(needs: PreflightScope, seen: SetupSnapshot) -> Iterator[Check]:
    if seen.from_management:
        return
    for service in _services(needs, seen):
        yield check_listed(
            need=f"account {seen.identity.account_id} is a delegated administrator for {service}",
            wanted=service,
            names=seen.delegated,
            fix=Fix(AT_THE_TOP, _registration(seen, service)),
            stops=needs.root,
        )


def _registration(seen: SetupSnapshot, service: str) -> tuple[str, ...]:
    register = "aws organizations register-delegated-administrator"
    return (f"{register} --account-id {seen.identity.account_id} --service-principal {service}",)


def _root_features(needs: PreflightScope, seen: SetupSnapshot) -> Iterator[Check]:
    if needs.root:
        yield check_listed(
            need="central root access is on, with root credentials management",
            wanted=ROOT_CREDENTIALS,
            names=seen.root_features,
            fix=Fix(AT_THE_TOP, ("aws iam enable-organizations-root-credentials-management",)),
            stops=True,
        )
