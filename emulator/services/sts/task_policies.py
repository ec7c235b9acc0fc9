"""The AWS managed task policies for sts:AssumeRoot, and the feature that each needs.

https://docs.aws.amazon.com/IAM/latest/UserGuide/security-iam-awsmanpol.html#security-iam-awsmanpol-iam-root-tasks
They only deny. A root session may do everything that its task policy leaves open. Statements that cannot affect the
root user in its own account are left out.
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
"""All features, in IAM's order."""

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
    """A task policy, with the actions that it leaves open on the root user and on the account."""

    arn: str
    feature: str
    root_user_actions: tuple[str, ...] = ()
    account_actions: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the policy document."""
        open_actions = [*self.root_user_actions, *self.account_actions]
        statements: list[dict[str, Any]] = [{"Effect": "Deny", "NotAction": open_actions, "Resource": "*"}]
        if self.root_user_actions:
            actions = list(self.root_user_actions)
            statements.append({"Effect": "Deny", "Action": actions, "NotResource": "arn:aws:iam::*:root"})
        return {"Version": "2012-10-17", "Statement": statements}


_POLICIES = (
    TaskPolicy(
        f"{_PATH}IAMAuditRootUserCredentials",
        ROOT_CREDENTIALS_MANAGEMENT,
        root_user_actions=_READ_CREDENTIALS,
        account_actions=("iam:GetAccountSummary",),
    ),
    TaskPolicy(
        f"{_PATH}IAMDeleteRootUserCredentials",
        ROOT_CREDENTIALS_MANAGEMENT,
        root_user_actions=(*_DELETE_CREDENTIALS, *_READ_CREDENTIALS),
    ),
    TaskPolicy(f"{_PATH}IAMCreateRootUserPassword", ROOT_CREDENTIALS_MANAGEMENT, root_user_actions=_PASSWORD),
    TaskPolicy(f"{_PATH}S3UnlockBucketPolicy", ROOT_SESSIONS, account_actions=_BUCKET_POLICY),
    TaskPolicy(f"{_PATH}SQSUnlockQueuePolicy", ROOT_SESSIONS, account_actions=_QUEUE_POLICY),
)
BY_ARN: Mapping[str, TaskPolicy] = MappingProxyType({policy.arn: policy for policy in _POLICIES})
ROOT_USER_ACTIONS = frozenset(action for policy in _POLICIES for action in policy.root_user_actions)
"""All actions on the root user's own credentials."""
