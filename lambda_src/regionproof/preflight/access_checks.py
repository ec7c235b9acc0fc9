"""The part of the preflight on the ways into accounts: where the member role goes, and whether a sample is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.access import DEPLOY_MEMBER_ROLE, STACK_SET, Access
from regionproof.domain.causes import is_denial, likely_cause
from regionproof.domain.denial_causes import cause_in_message
from regionproof.domain.facts import ReadFailure

from .deployment_checks import DEPLOY
from .observed import (
    AT_WORK,
    CALL_AS,
    IAM,
    NO_INSTANCE,
    NO_STACK_SET,
    ROOT_CREDENTIALS,
    AccessAttempt,
    Check,
    CheckState,
    Fix,
    StackSetStatus,
    check_listed,
    describe_failure,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regionproof.domain.accounts import Account

    from .observed import Names, PreflightScope, SetupSnapshot


def roll_out_checks(needs: PreflightScope, seen: SetupSnapshot) -> Iterator[Check]:
    """Yield whether the organization has each root and unit to which a person's settings roll the role out."""
    targets = needs.rolls_out
    if targets is None:
        return
    roots = "the id of your root" if isinstance(seen.roots, ReadFailure) else ", ".join(sorted(seen.roots or ()))
    cure = f"set deployment.roll_out_to to [{roots}], or to organizational units below it"
    if not targets:
        yield Check(
            need="deployment.roll_out_to names the accounts that get the member role",
            state=CheckState.MISSING,
            seen="it is empty, so none does",
            cure=f"{cure}; or bring {STACK_SET} into each account by other means",
        )
    for place, target in enumerate(targets):
        yield check_listed(
            need=f"{target}, under deployment.roll_out_to{_line(needs, place)}, is in the organization",
            wanted=target,
            names=seen.roots if target.startswith("r-") else seen.units,
            fix=Fix(cure),
        )


def _line(needs: PreflightScope, place: int) -> str:
    line = needs.origin.lines.get(f"deployment.roll_out_to[{place}]") if needs.origin else None
    return f" (line {line})" if line else ""


def way_in_checks(needs: PreflightScope, seen: SetupSnapshot) -> Iterator[Check]:
    """Yield whether the sample accounts can be entered, or will be."""
    for way in seen.ways_in:
        if isinstance(way, AccessAttempt):
            yield _entrance(needs, seen, way)
        elif isinstance(way, StackSetStatus):
            yield _roll_out(needs, seen, way)
        else:
            yield Check(
                need=_need(needs, way.account),
                state=CheckState.LATER,
                seen="it trusts only the deployed function; each run reports whether it got access",
            )
    if needs.root and needs.deployment is not None:
        yield Check(
            need="no SCP denies what root sessions do",
            state=CheckState.LATER,
            seen="each run shows it for each account: an SCP that denies root users must exempt root sessions by a "
            "condition on aws:AssumedRoot, and Control Tower's control by its parameter ExemptAssumeRoot",
        )
    if seen.no_sample:
        yield Check(
            need="a sample account can be entered",
            state=CheckState.UNKNOWN,
            seen="the first page of the organization's accounts has no other open one that surely is in scope",
        )


def _need(needs: PreflightScope, account: Account) -> str:
    role = needs.settings.member_role.name
    way = f"role {role} can be assumed" if needs.by_role(account) else "a root session can be opened"
    return f"{way} in account {account.id}"


def _roll_out(needs: PreflightScope, seen: SetupSnapshot, found: StackSetStatus) -> Check:
    need = f"role {needs.settings.member_role.name} is rolled out to account {found.account.id}"
    if isinstance(found.status, ReadFailure):
        cure = likely_cause(found.status, caller=seen.identity)
        return Check(need=need, state=CheckState.UNKNOWN, seen=describe_failure(found.status), cure=cure)
    state, said, cure, commands = _judged(found, needs, seen.identity.region)
    return Check(need=need, state=state, seen=said, cure=cure, commands=commands)


def _judged(found: StackSetStatus, needs: PreflightScope, region: str) -> tuple[CheckState, str, str, tuple[str, ...]]:
    """Return the state, what was seen, the fix, and its commands."""
    if found.status == "CURRENT":
        return CheckState.MET, "", "", ()
    if found.status == NO_STACK_SET:
        return CheckState.LATER, f"not deployed yet: {region} has no StackSet {STACK_SET}", "this makes it", (DEPLOY,)
    if found.status == AT_WORK:
        return CheckState.LATER, f"the StackSet {STACK_SET} is at work there", "", ()
    if found.status == NO_INSTANCE:
        cure = "see that deployment.roll_out_to covers the account, then"
        return CheckState.MISSING, f"the StackSet {STACK_SET} has no instance there", cure, (DEPLOY,)
    reason = f" ({found.reason})" if found.reason else ""
    name = needs.settings.member_role.name
    is_taken = f"free the name {name} there, or set another member_role.name and deploy"
    fix = is_taken if "already exists" in found.reason else "fix the reported reason"
    cure = f"{fix}; then let the StackSet try again in account {found.account.id}"
    said = f"the instance of {STACK_SET} is {found.status}{reason}"
    return CheckState.MISSING, said, cure, (_try_again(found, needs, region),)


def _try_again(found: StackSetStatus, needs: PreflightScope, region: str) -> str:
    """Return the command that repeats the roll-out to one account, which it finds below the units rolled out to."""
    call_as = CALL_AS[needs.deployment.account if needs.deployment else "management"]
    units = ",".join(needs.rolls_out or ())
    where = f"OrganizationalUnitIds={units},Accounts={found.account.id},AccountFilterType=INTERSECTION"
    return (
        f"aws cloudformation update-stack-instances --stack-set-name {STACK_SET} --call-as {call_as} "
        f"--deployment-targets {where} --regions {found.region or region} --region {region}"
    )


def _entrance(needs: PreflightScope, seen: SetupSnapshot, entrance: AccessAttempt) -> Check:
    need, failure = _need(needs, entrance.account), entrance.failure
    if failure is None:
        return Check(need=need, state=CheckState.MET)
    if not is_denial(failure):
        return Check(need=need, state=CheckState.UNKNOWN, seen=describe_failure(failure), cure=likely_cause(failure))
    cure, commands = _cure_of_denial(needs, seen, entrance.account, failure)
    return Check(need=need, state=CheckState.MISSING, seen=describe_failure(failure), cure=cure, commands=commands)


def _cure_of_denial(
    needs: PreflightScope, seen: SetupSnapshot, account: Account, failure: ReadFailure
) -> tuple[str, tuple[str, ...]]:
    """Return the fix and its commands."""
    if cause := cause_in_message(failure, Access.of(needs.settings), account):
        return cause, ()
    if not needs.by_role(account):
        return _cure_of_root_session(seen, failure), ()
    if needs.settings.member_role.existing:
        cure = (
            "make the role there, correct member_role.name and member_role.path in the settings, or let its trust "
            f"policy admit the audit account {seen.identity.account_id}"
        )
        return cure, ()
    if account.is_management:
        return "in that account", (DEPLOY_MEMBER_ROLE,)
    return f"look for the account among the instances of the StackSet {STACK_SET}; if it lacks one", (DEPLOY,)


def _cure_of_root_session(seen: SetupSnapshot, failure: ReadFailure) -> str:
    if ":root is not authorized" in failure.message:
        return "AWS lets no root user open root sessions: call as a role or as an IAM user"
    if "feature is not enabled" in failure.message or _lacks(seen.root_features, ROOT_CREDENTIALS):
        return "turn central root access on: see that line"
    if _lacks(seen.trusted, IAM):
        return "give IAM trusted access: see that line"
    if _lacks(seen.delegated, IAM):
        return "make this account a delegated administrator for IAM: see that line"
    return (
        "AWS does not give a reason: the caller needs the permission sts:AssumeRoot for the task policy "
        "IAMAuditRootUserCredentials, no SCP may deny it, and recently enabled features take some minutes"
    )


def _lacks(names: Names | None, wanted: str) -> bool:
    return isinstance(names, frozenset) and wanted not in names
