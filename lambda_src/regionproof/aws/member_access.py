"""The way into each account: the caller's own credentials at home, a read-only session of a role in the others.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from botocore.credentials import ReadOnlyCredentials

from .calls import ask, guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from botocore.credentials import Credentials
    from mypy_boto3_sts import STSClient

    from regionproof.answers import Answer
    from regionproof.domain.accounts import Account
    from regionproof.domain.report import Identity
    from regionproof.probes.declaration import Probe
    from regionproof.settings.shape import MemberRole

ACTION = "sts:AssumeRole"

SESSION_SECONDS = 900
"""The shortest session that STS gives. Each is used at once and dropped, so none expires in mid-run."""

SESSION_NAME = "RegionProofAudit"

THE_ACCOUNT_ITSELF = "arn:{partition}:account::{account}:account"
"""What an account is asked about itself under. About another one, AWS's ARN goes on with ``/o-…/<its id>``.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsaccountmanagement.html
"""


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """How one account is read.

    ``call`` is what fails if the way is closed. ``enter`` returns credentials that act as the account, and raises
    ``CallFailed``, ``UnexpectedAnswer`` or ``OutOfTime``.
    ``centrally``: probes that AWS also answers to the caller are asked by the caller.
    ``centrally_if_denied``: the caller asks them only after the account has denied them to the session.
    """

    call: str
    enter: Callable[[], ReadOnlyCredentials]
    centrally: bool = False
    centrally_if_denied: bool = False


class MemberAccess(Protocol):
    """Knows the way into accounts."""

    def access_to(self, account: Account) -> AccountAccess:
        """Return how an account is read. Makes no call."""


class RoleAccess:
    """Access by a role of one name in every account, in sessions that may do what ``probes`` need and no more.

    The role may be an administrator's, such as OrganizationAccountAccessRole.
    """

    def __init__(
        self, sts: STSClient, identity: Identity, own: Credentials, role: MemberRole, probes: tuple[Probe, ...]
    ) -> None:
        self._sts = sts
        self._identity = identity
        self._own = own
        self._role = role
        self._policy = session_policy((action for probe in probes for action in probe.actions), identity.partition)

    def access_to(self, account: Account) -> AccountAccess:
        """Return the caller's own credentials at home, the member role elsewhere.

        Account Management takes no account id for the management account, so one is never asked about centrally.
        """
        if account.id == self._identity.account_id:
            return own_access(self._own)
        central = self._role.central_fallback and not account.is_management
        return AccountAccess(ACTION, partial(self._assume, account.id), centrally_if_denied=central)

    def role_arn(self, account_id: str) -> str:
        """Return the ARN of the member role of an account, in the partition of the audit."""
        return f"arn:{self._identity.partition}:iam::{account_id}:role{self._role.path}{self._role.name}"

    def _assume(self, account_id: str) -> ReadOnlyCredentials:
        answer = ask(
            ACTION,
            self._sts.assume_role,
            RoleArn=self.role_arn(account_id),
            RoleSessionName=SESSION_NAME,
            DurationSeconds=SESSION_SECONDS,
            Policy=self._policy,
        )
        return to_credentials(answer)


def by_resource(actions: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the reads of one account by the narrowest resource that AWS knows for them, in order.

    A resource may hold ``{partition}`` and ``{account}``.
    """
    found: dict[str, list[str]] = {}
    for action in sorted(set(actions)):
        found.setdefault(THE_ACCOUNT_ITSELF if action.startswith("account:") else "*", []).append(action)
    return {resource: tuple(group) for resource, group in found.items()}


def session_policy(actions: Iterable[str], partition: str) -> str:
    """Return, as JSON, what a session may do at most: these reads of its own account, or nothing at all.

    AWS allows only what the role's own policies allow too. The text names no account, so it is written once for
    all: a session that asks about another account than its own names a resource of another kind.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
    """
    allowed = [
        {"Effect": "Allow", "Action": group, "Resource": resource.format(partition=partition, account="*")}
        for resource, group in by_resource(actions).items()
    ]
    nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": allowed or [nothing]}, separators=(",", ":"))


def own_access(own: Credentials) -> AccountAccess:
    """Return the way into the account that the audit runs in."""
    call = "regionproof:OwnCredentials"
    return AccountAccess(call, partial(guarded, call, own.get_frozen_credentials))


def to_credentials(answer: Answer) -> ReadOnlyCredentials:
    """Return what STS issued. Raises ``UnexpectedAnswer``."""
    credentials = answer.part("Credentials")
    return ReadOnlyCredentials(
        credentials.text("AccessKeyId"), credentials.text("SecretAccessKey"), credentials.text("SessionToken")
    )
