"""The likely cause of a denial, and its fix: which side refused decides where to look.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .access import DEPLOY_MEMBER_ROLE, STACK_SET
from .cause_tables import WEB_IDENTITY_NOT_TRUSTED
from .denials import Denied, PolicyKind, parse_denial
from .setup_denials import cause_in_setup, cause_of_central_denial

if TYPE_CHECKING:
    from collections.abc import Callable

    from .access import Access
    from .accounts import Account
    from .denials import Denial
    from .facts import ReadFailure

_ROOT_CALLER = (
    "the audit runs as the root user of its account, which AWS lets assume no role and open no root session: "
    "run it as a role or an IAM user"
)
_AUDIT_FUNCTION = "RegionProofAuditFunction"
_OTHER_MEMBER = re.compile(r":account::\d{12}:account/o-")
"""The resource that Account Management names when it is asked about another account (recording
``policy_names_wrong_arn``). An account that asks about itself is named ``arn:…:account::111122223333:account``.
"""

_ROOT_SESSIONS_TOO = ", and root sessions too (condition key aws:AssumedRoot; in Control Tower ExemptAssumeRoot)"

_IN_THE_SESSION = {
    "sts:TagSession": "session tags",
    "sts:SetSourceIdentity": "a source identity",
}
"""What a role's trust policy must allow besides ``sts:AssumeRole`` if the caller's session carries it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""


@dataclass(frozen=True, slots=True)
class _Case:
    """A denied call, its message, and the way into the account."""

    call: str
    denial: Denial
    access: Access
    account: Account | None

    @property
    def action(self) -> str:
        """Return the action that AWS checked; without one in the message, the call."""
        return self.denial.action or self.call

    @property
    def policy(self) -> str:
        """Return the policy, with its ARN if AWS named it."""
        arn = f" ({self.denial.policy_arn})" if self.denial.policy_arn else ""
        return f"{self.denial.policy.value}{arn}"

    @property
    def refuses(self) -> str:
        """Return what the policy did: deny, or not allow."""
        return "denies" if self.denial.explicit else "does not allow"

    @property
    def who(self) -> str:
        """Return who was denied, in words that are the same for every account."""
        denial = self.denial
        if denial.who is Denied.ROOT_SESSION:
            return "root sessions"
        return f"role {denial.role_name}" if denial.who is Denied.MEMBER_ROLE else self.caller

    @property
    def caller(self) -> str:
        """Return who calls, without the name of the session, which no policy names."""
        denial = self.denial
        if denial.role_name:
            return f"role {denial.role_name} of account {denial.account_id}"
        return denial.principal or "the audit's role"

    @property
    def asked_centrally(self) -> bool:
        """Return whether Account Management was asked about another account than that of anyone who asked."""
        others = self.account is not None and self.denial.account_id not in {"", self.account.id}
        return others and self.call.startswith("account:")

    @property
    def exempt(self) -> str:
        """Return what to exempt. The ARN of a session does not have the path of its role."""
        denial = self.denial
        if denial.who is Denied.MEMBER_ROLE:
            return f"arn:{denial.partition}:iam::*:role{self.access.role_path}{denial.role_name}"
        return self.caller


def cause_of_denial(failure: ReadFailure, access: Access, account: Account | None) -> str:
    """Return a clause that names the likely cause of a denial and the fix."""
    if stated := cause_in_message(failure, access, account):
        return stated
    return cause_in_setup(failure.message) or _of_no_policy(_case(failure, access, account))


def cause_in_message(failure: ReadFailure, access: Access, account: Account | None) -> str | None:
    """Return the cause that the message of a denial states, with the fix, or None if it does not say who refused."""
    case = _case(failure, access, account)
    denial = case.denial
    if denial.who is Denied.ROOT_USER or "may not be assumed by root" in failure.message:
        return _ROOT_CALLER
    if denial.action in _IN_THE_SESSION:
        return (
            f"the caller's session carries {_IN_THE_SESSION[denial.action]}: let the trust policy of the role, and "
            f"the caller's own policies, allow {denial.action}"
        )
    by_kind = _BY_KIND.get(denial.policy)
    return by_kind(case) if by_kind else None


def _case(failure: ReadFailure, access: Access, account: Account | None) -> _Case:
    denial = parse_denial(failure, access, account.id if account else "")
    return _Case(failure.call, denial, access, account)


def _service_control(case: _Case) -> str:
    if case.denial.who is Denied.ROOT_SESSION and case.denial.explicit:
        return (
            f"a {case.policy} denies {case.action} to root users, and so to root sessions: exempt those "
            "by a condition on aws:AssumedRoot in every policy of yours that does so; for Control Tower's control, set "
            "its parameter ExemptAssumeRoot"
        )
    too = _ROOT_SESSIONS_TOO if case.call == "sts:AssumeRoot" and case.denial.explicit else ""
    return f"a {case.policy} {case.refuses} {case.action} to {case.who}: {_opening(case)}{too}"


def _resource_control(case: _Case) -> str:
    return f"a {case.policy} of the account's resources {case.refuses} {case.action} to {case.who}: {_opening(case)}"


def _opening(case: _Case) -> str:
    if case.denial.explicit:
        return f"exempt {case.exempt} in that policy"
    return f"allow {case.action} in a policy of that kind at every level above the account"


def _boundary(case: _Case) -> str:
    fix = "remove that denial" if case.denial.explicit else f"allow {case.action} in it"
    return f"the {case.policy} of {case.who} {case.refuses} {case.action}: {fix}"


def _session(case: _Case) -> str:
    if case.denial.who is Denied.MEMBER_ROLE:
        return (
            f"RegionProof's own session policy does not cover {case.action} on {case.denial.resource or 'the resource'}"
            ": update RegionProof or report it"
        )
    return (
        f"the {case.policy} that limits the session of {case.who} {case.refuses} {case.action}: use credentials "
        "without one, or have its issuer allow the action"
    )


def _vpc_endpoint(case: _Case) -> str:
    return (
        f"the policy of the VPC endpoint through which the audit's calls go {case.refuses} {case.action}: "
        "allow it in that policy, or call past the endpoint"
    )


def _identity(case: _Case) -> str:
    denial = case.denial
    if denial.explicit:
        return (
            f"an {case.policy} of {case.who} denies {case.action}: exempt it there, or meet the policy's condition, "
            "such as a sign-in with MFA"
        )
    if of_the_audit := _policy_of_the_audit(denial):
        return of_the_audit
    if denial.who is not Denied.CALLER:
        return _member_role_s_policy(case)
    on = " on the member role's ARN" if case.action == "sts:AssumeRole" else ""
    return f"no policy of {case.caller}, which runs the audit, allows {case.action}: allow it there{on}"


def _policy_of_the_audit(denial: Denial) -> str | None:
    """Return the cause that is in a policy which the deployment makes."""
    if _OTHER_MEMBER.search(denial.resource):
        return (
            "the audit account's own policy does not allow the call for members of this organization; "
            "check deployment.organization_id in the settings and deploy again"
        )
    if denial.role_name == _AUDIT_FUNCTION:
        return "the policy of the audit function's role does not allow the call; deploy RegionProof again"
    return None


def _member_role_s_policy(case: _Case) -> str:
    if case.access.role_exists:
        return f"the policy of the member role does not allow the call; allow {case.action} in it"
    return "the policy of the member role does not allow the call; roll the current role out again"


def _trust(case: _Case) -> str:
    if case.call != "sts:AssumeRole":
        return f"the {case.policy} {case.refuses} {case.action} to {case.who}: change it there"
    if case.denial.explicit:
        return f"the trust policy of the member role denies {case.action} to {case.who}: remove that denial"
    return f"the trust policy of the member role does not admit {case.who}: {_fix_of_the_role(case)}"


_BY_KIND: dict[PolicyKind, Callable[[_Case], str]] = {
    PolicyKind.SERVICE_CONTROL: _service_control,
    PolicyKind.RESOURCE_CONTROL: _resource_control,
    PolicyKind.BOUNDARY: _boundary,
    PolicyKind.SESSION: _session,
    PolicyKind.VPC_ENDPOINT: _vpc_endpoint,
    PolicyKind.IDENTITY: _identity,
    PolicyKind.TRUST: _trust,
    PolicyKind.RESOURCE: _trust,
}


_WITHOUT_A_POLICY = {
    "sts:AssumeRoot": (
        "root sessions are not allowed: central root access may be off, or the caller is not a delegated "
        "administrator for IAM; `regionproof preflight` lists what is missing"
    ),
    "sts:AssumeRoleWithWebIdentity": WEB_IDENTITY_NOT_TRUSTED,
}


def _of_no_policy(case: _Case) -> str:
    """Return the cause of a denial whose message names no policy, or more than one."""
    if case.denial.explicit:
        return f"a policy explicitly denies {case.action} to {case.who}, and AWS does not name the kind of policy"
    if case.call == "sts:AssumeRole":
        return (
            f"the member role is missing in the account, or does not trust the audit's role; {_fix_of_the_role(case)}"
        )
    if case.asked_centrally and not case.denial.resource:
        return cause_of_central_denial(case.caller, case.denial)
    return _WITHOUT_A_POLICY.get(case.call) or _policy_of_the_audit(case.denial) or _right_is_missing(case)


def _right_is_missing(case: _Case) -> str:
    if case.denial.who is not Denied.CALLER and case.call.startswith(("iam:", "account:")):
        return _member_role_s_policy(case)
    who = f"{case.caller}, which runs the audit," if case.denial.principal else "the caller"
    return f"{who} may not call {case.action}: allow it in its policies"


def _fix_of_the_role(case: _Case) -> str:
    """Return what brings the role and its trust: where there is no StackSet, none is named."""
    if case.access.role_exists:
        return f"make the role there, correct its name in the settings, or let its trust policy admit {case.caller}"
    if case.account is not None and case.account.is_management:
        return f"no StackSet reaches the management account: in that account, {DEPLOY_MEMBER_ROLE}"
    return f"check that the StackSet {STACK_SET} has an instance there"
