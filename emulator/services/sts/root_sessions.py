"""sts:AssumeRoot: sessions of a member's root user, limited by a task policy.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html. Two answers are in tests/recordings. The other
refusals are worded as in testdata/aws/iam/root_access.json and root_sessions.json of radkawar/stackd at 9dc356f5.
AWS's refusals of a closed account and of root user credentials were not recorded. On AWS, the unlock tasks bypass the
policy of a bucket or queue; the emulator does not.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emulator.http import caller
from emulator.http.answers import Refusal
from emulator.patching import PrivateName
from emulator.services.iam import root_access
from emulator.services.sts.task_policies import BY_ARN, ROOT_SESSIONS, TaskPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.services.account.account_regions import AccountRegions
    from emulator.services.organizations.organization import Organization

    Parameters = Mapping[str, str]

_TARGET = re.compile(r"(?:arn:aws:iam::)?(?P<account>\d{12})(?P<root>:root)?")
_LONGEST_SECONDS = 900
_TASK = "RegionProofTaskPolicy"
_EVERYTHING = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
_ASSUMED_ROOT = "aws:assumedroot"


class RootSessions:
    """Issues root sessions and enforces their task policies."""

    def __init__(self, organization: Organization, account_regions: AccountRegions) -> None:
        self._organization = organization
        self._regions = account_regions

    def assume(self, parameters: Parameters) -> dict[str, str]:
        """Issue a session and return its credentials, with a provisional token. Raise Refusal if AWS would refuse."""
        task = _task(parameters)
        seconds = _seconds(parameters)
        account_id = target_account(parameters)
        self._require_related(account_id)
        self._require_enabled(task)
        access_key = f"ASIA{secrets.token_hex(8).upper()}"
        ends = time.time() + seconds
        session = {
            "Arn": root_arn(account_id),
            "UserId": account_id,
            "AccountId": account_id,
            "PrincipalType": "Root",
            "SecretAccessKey": secrets.token_urlsafe(30),
            "SessionToken": secrets.token_urlsafe(),
            "Expiration": ends,
            _TASK: task,
        }
        PrivateName.STS_REGISTER_SESSION.get()(access_key, session)
        return {
            "AccessKeyId": access_key,
            "SecretAccessKey": str(session["SecretAccessKey"]),
            "SessionToken": str(session["SessionToken"]),
            "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends)),
        }

    def install(self) -> None:
        """Make ministack authorize root sessions by their task policy, not as the root user itself."""
        resolve = PrivateName.RESOLVE_PRINCIPAL.get()
        check = PrivateName.CHECK_CREDENTIALS.get()

        def resolve_principal(access_key: str, account_id: str, credential: Any = None) -> Any:
            principal = resolve(access_key, account_id, credential)
            task = task_of(PrivateName.STS_SESSIONS.get().get(access_key))
            if task is None or isinstance(principal, PrivateName.AUTHENTICATION_ERROR.get()):
                return principal
            policies = [PrivateName.PARSE_POLICY.get()(document) for document in (_EVERYTHING, task.document())]
            return replace(principal, policies=policies, keys={**principal.keys, _ASSUMED_ROOT: "true"})

        def check_credentials(access_key: str, service: str | None = None) -> Any:
            """Refuse actions that ministack cannot name. No task policy allows any of them."""
            failure = check(access_key, service)
            if failure is None and task_of(PrivateName.STS_SESSIONS.get().get(access_key)) is not None:
                message = f"User: {caller.arn()} is not authorized with an explicit deny in a session policy"
                return PrivateName.AUTHENTICATION_ERROR.get()("AccessDenied", message)
            return failure

        PrivateName.RESOLVE_PRINCIPAL.replace(resolve_principal)
        PrivateName.CHECK_CREDENTIALS.replace(check_credentials)

    def _require_related(self, account_id: str) -> None:
        """Refuse a caller without the authority, and a target that is not an active member."""
        mine, organization = caller.account_id(), self._organization
        target = organization.accounts.get(account_id)
        above = mine == organization.management_account_id or organization.is_delegate(
            mine, root_access.SERVICE_PRINCIPAL
        )
        below = target is not None and target.state == "ACTIVE" and account_id != organization.management_account_id
        lacks_region = below and not self._regions.serves_account(account_id, caller.region())
        if caller.arn().endswith(":root") or not above or not below or lacks_region:
            action, resource = "sts:AssumeRoot", root_arn(account_id)
            message = f"User: {caller.arn()} is not authorized to perform: {action} on resource: {resource}"
            raise Refusal("AccessDenied", message, 403)

    def _require_enabled(self, task: TaskPolicy) -> None:
        if root_access.SERVICE_PRINCIPAL not in self._organization.trusted_access:
            raise Refusal("AccessDenied", "Service not enabled for AWS Organizations.", 403)
        if task.feature not in self._organization.root_features:
            name = "Root sessions" if task.feature == ROOT_SESSIONS else "Root credentials management"
            message = f"{name} feature is not enabled for your AWS Organization."
            raise Refusal("AccessDenied", message, 403)


def task_of(session: Mapping[str, Any] | None) -> TaskPolicy | None:
    """Return the task policy in ministack's record of a session, or None if it is not a root session."""
    return session.get(_TASK) if session else None


def is_limited(principal: Any) -> bool:
    """Return whether ministack's principal is a root session."""
    return _ASSUMED_ROOT in principal.keys


def root_arn(account_id: str) -> str:
    """Return the ARN of an account's root user."""
    return f"arn:aws:iam::{account_id}:root"


def target_account(parameters: Parameters) -> str:
    """Return the account in TargetPrincipal. Raise Refusal if the target is invalid."""
    target = _TARGET.fullmatch(parameters.get("TargetPrincipal", ""))
    if target is None or target[0].startswith("arn:") != bool(target["root"]):
        raise Refusal("ValidationError", "Request must contain a valid target principal")
    return target["account"]


def _task(parameters: Parameters) -> TaskPolicy:
    arn = parameters.get("TaskPolicyArn.arn")
    if arn is None:
        raise _invalid("Value null at 'taskPolicyArn' failed to satisfy constraint: Member must not be null")
    if arn not in BY_ARN:
        raise Refusal("ValidationError", "Request must contain valid AWS managed task policy ARN")
    return BY_ARN[arn]


def _seconds(parameters: Parameters) -> int:
    given = parameters.get("DurationSeconds", str(_LONGEST_SECONDS))
    constraint = f"Value '{given}' at 'durationSeconds' failed to satisfy constraint: Member must have value"
    try:
        seconds = int(given)
    except ValueError as error:
        raise Refusal("MalformedInput", "Invalid Argument") from error
    if seconds < 0:
        raise _invalid(f"{constraint} greater than or equal to 0")
    if seconds > _LONGEST_SECONDS:
        raise _invalid(f"{constraint} less than or equal to {_LONGEST_SECONDS}")
    return seconds


def _invalid(problem: str) -> Refusal:
    return Refusal("ValidationError", f"1 validation error detected: {problem}")
