"""The way into each account: a read-only role in the members, the caller's own credentials at home.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.credentials import ReadOnlyCredentials

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_sts import STSClient

    from regionproof.domain.accounts import Account
    from regionproof.domain.report import Identity

SESSION_SECONDS = 900
"""The shortest session that STS gives. Each is used at once and dropped, so none expires in mid-run."""

SESSION_NAME = "RegionProofAudit"


class RoleAccess:
    """Access by the member role. ``call`` is what fails where the way is closed."""

    call = "sts:AssumeRole"

    def __init__(self, sts: STSClient, identity: Identity, own: Credentials, role_name: str) -> None:
        self._sts = sts
        self._identity = identity
        self._own = own
        self._role_name = role_name

    def credentials_for(self, account: Account) -> ReadOnlyCredentials:
        """Return credentials that act as the account. The client's errors pass."""
        if account.id == self._identity.account_id:
            return self._own.get_frozen_credentials()
        issued = self._sts.assume_role(
            RoleArn=self.role_arn(account.id), RoleSessionName=SESSION_NAME, DurationSeconds=SESSION_SECONDS
        )["Credentials"]
        return ReadOnlyCredentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])

    def role_arn(self, account_id: str) -> str:
        """Return the ARN of the member role of an account, in the partition of the audit."""
        return f"arn:{self._identity.partition}:iam::{account_id}:role/{self._role_name}"
