"""The way into member accounts without any role there: root sessions that AWS limits to reading.

The task policy lets ``iam:GetAccountSummary`` pass and denies nearly all else, also Account Management. So the
Regions are asked for by the caller. AWS opens only member accounts this way: the management account is read by
the caller's own credentials, or, when the audit runs in a delegated administrator account, by the member role.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .calls import ask
from .member_access import SESSION_SECONDS, AccountAccess, own_access, to_credentials

if TYPE_CHECKING:
    from botocore.credentials import Credentials, ReadOnlyCredentials
    from mypy_boto3_sts import STSClient

    from regionproof.domain.accounts import Account
    from regionproof.domain.report import Identity

    from .member_access import MemberAccess

ACTION = "sts:AssumeRoot"

TASK_POLICY = "iam::aws:policy/root-task/IAMAuditRootUserCredentials"
"""The policy of AWS that limits each session, less the partition in front.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
"""


class RootAccess:
    """Access by root sessions. ``management`` is the way into the management account from elsewhere."""

    def __init__(self, sts: STSClient, identity: Identity, own: Credentials, management: MemberAccess) -> None:
        self._sts = sts
        self._identity = identity
        self._own = own
        self._management = management

    def access_to(self, account: Account) -> AccountAccess:
        """Return own credentials at home, a role in a management account that is elsewhere, root sessions else."""
        if account.id == self._identity.account_id:
            return own_access(self._own)
        if account.is_management:
            return self._management.access_to(account)
        return AccountAccess(ACTION, partial(self._assume, account.id), centrally=True)

    def _assume(self, account_id: str) -> ReadOnlyCredentials:
        answer = ask(
            ACTION,
            self._sts.assume_root,
            TargetPrincipal=account_id,
            TaskPolicyArn={"arn": f"arn:{self._identity.partition}:{TASK_POLICY}"},
            DurationSeconds=SESSION_SECONDS,
        )
        return to_credentials(answer)
