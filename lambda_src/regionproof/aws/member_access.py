"""The way into each account: the caller's own credentials at home, a read-only role in the others.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from botocore.credentials import ReadOnlyCredentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.credentials import Credentials
    from mypy_boto3_sts import STSClient
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

    from regionproof.domain.accounts import Account
    from regionproof.domain.report import Identity
    from regionproof.settings.shape import MemberRole

ACTION = "sts:AssumeRole"

SESSION_SECONDS = 900
"""The shortest session that STS gives. Each is used at once and dropped, so none expires in mid-run."""

SESSION_NAME = "RegionProofAudit"


@dataclass(frozen=True, slots=True)
class Way:
    """How one account is read.

    ``call`` is what fails where the way is closed. ``enter`` returns credentials that act as the account; the
    client's errors pass. ``centrally``: probes that AWS also answers to the caller are asked by the caller.
    """

    call: str
    enter: Callable[[], ReadOnlyCredentials]
    centrally: bool = False


class MemberAccess(Protocol):
    """Knows the way into accounts."""

    def way_into(self, account: Account) -> Way:
        """Return how an account is read. Makes no call."""


class RoleAccess:
    """Access by a role of one name in every account."""

    def __init__(self, sts: STSClient, identity: Identity, own: Credentials, role: MemberRole) -> None:
        self._sts = sts
        self._identity = identity
        self._own = own
        self._role = role

    def way_into(self, account: Account) -> Way:
        """Return the caller's own credentials at home, the member role elsewhere."""
        if account.id == self._identity.account_id:
            return own_way(self._own)
        return Way(ACTION, partial(self._assume, account.id))

    def role_arn(self, account_id: str) -> str:
        """Return the ARN of the member role of an account, in the partition of the audit."""
        return f"arn:{self._identity.partition}:iam::{account_id}:role{self._role.path}{self._role.name}"

    def _assume(self, account_id: str) -> ReadOnlyCredentials:
        answer = self._sts.assume_role(
            RoleArn=self.role_arn(account_id), RoleSessionName=SESSION_NAME, DurationSeconds=SESSION_SECONDS
        )
        return issued(answer["Credentials"])


def own_way(own: Credentials) -> Way:
    """Return the way into the account that the audit runs in."""
    return Way("regionproof:OwnCredentials", own.get_frozen_credentials)


def issued(credentials: CredentialsTypeDef) -> ReadOnlyCredentials:
    """Return what STS issued."""
    return ReadOnlyCredentials(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
