"""The AWS managed policies that a session of sts:AssumeRoot can be limited to, and the feature that each needs.

https://docs.aws.amazon.com/IAM/latest/UserGuide/security-iam-awsmanpol.html#security-iam-awsmanpol-iam-root-tasks
They only deny: what they leave open, the account's root user may do. Statements of theirs that can not touch the root
user in its own account are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT_CREDENTIALS_MANAGEMENT = "RootCredentialsManagement"
ROOT_SESSIONS = "RootSessions"
FEATURES = (ROOT_SESSIONS, ROOT_CREDENTIALS_MANAGEMENT)
"""Every feature, in the order in which IAM lists them."""

_PATH = "arn:aws:iam::aws:policy/root-task/"
_READ_CREDENTIALS = (
    "iam:ListAccessKeys",
    "iam:ListSigningCertificates",
    "iam:GetLoginProfile",
    "iam:ListMFADevices",
    "iam:GetUser",
    "iam:GetAccessKeyLastUsed",
)
_DELETE_CREDENTIALS = (
    "iam:DeleteAccessKey",
    "iam:DeleteSigningCertificate",
    "iam:DeleteLoginProfile",
    "iam:DeactivateMFADevice",
    "iam:DeleteVirtualMFADevice",
)
_PASSWORD = ("iam:CreateLoginProfile", "iam:GetLoginProfile")
_BUCKET_POLICY = ("s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:ListAllMyBuckets")
_QUEUE_POLICY = ("sqs:SetQueueAttributes", "sqs:GetQueueAttributes", "sqs:ListQueues", "sqs:GetQueueUrl")


@dataclass(frozen=True)
class TaskPolicy:
    """One policy: what it leaves open for the root user itself, and what it leaves open without a resource."""

    arn: str
    feature: str
    of_the_root_user: tuple[str, ...] = ()
    of_the_account: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the policy document."""
        left_open = [*self.of_the_root_user, *self.of_the_account]
        statements: list[dict[str, Any]] = [{"Effect": "Deny", "NotAction": left_open, "Resource": "*"}]
        if self.of_the_root_user:
            actions = list(self.of_the_root_user)
            statements.append({"Effect": "Deny", "Action": actions, "NotResource": "arn:aws:iam::*:root"})
        return {"Version": "2012-10-17", "Statement": statements}


_POLICIES = (
    TaskPolicy(
        f"{_PATH}IAMAuditRootUserCredentials",
        ROOT_CREDENTIALS_MANAGEMENT,
        of_the_root_user=_READ_CREDENTIALS,
        of_the_account=("iam:GetAccountSummary",),
    ),
    TaskPolicy(
        f"{_PATH}IAMDeleteRootUserCredentials",
        ROOT_CREDENTIALS_MANAGEMENT,
        of_the_root_user=(*_DELETE_CREDENTIALS, *_READ_CREDENTIALS),
    ),
    TaskPolicy(f"{_PATH}IAMCreateRootUserPassword", ROOT_CREDENTIALS_MANAGEMENT, of_the_root_user=_PASSWORD),
    TaskPolicy(f"{_PATH}S3UnlockBucketPolicy", ROOT_SESSIONS, of_the_account=_BUCKET_POLICY),
    TaskPolicy(f"{_PATH}SQSUnlockQueuePolicy", ROOT_SESSIONS, of_the_account=_QUEUE_POLICY),
)
BY_ARN: Mapping[str, TaskPolicy] = MappingProxyType({policy.arn: policy for policy in _POLICIES})
OF_THE_ROOT_USER = frozenset(action for policy in _POLICIES for action in policy.of_the_root_user)
"""What can be done to the root user's own credentials."""
