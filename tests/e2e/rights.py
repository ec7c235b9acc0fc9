"""The rights that a role has on the deployed stack, and those that its sessions really used."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

USED_BY_LAMBDA_ITSELF = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}
"""The service uses these in the function's name, and the emulator's Lambda does not ask IAM for them."""

NEEDS_NO_RIGHT = {"sts:GetCallerIdentity"}
"""AWS lets everybody ask who they are."""


def policies_of(iam: Any, role: str) -> dict[str, dict[str, Any]]:
    """Return the inline policies of a role, by name."""
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}


@contextmanager
def without_policy(s3: Any, bucket: str) -> Iterator[None]:
    """Take the policy of a bucket away until the end of the block, as the root user of its account can."""
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    try:
        yield
    finally:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)


def actions_in(document: dict[str, Any]) -> set[str]:
    """Return the actions of a policy."""
    listed: set[str] = set()
    for statement in document["Statement"]:
        action = statement["Action"]
        listed |= {action} if isinstance(action, str) else set(action)
    return listed


def granted(iam: Any, role: str) -> set[str]:
    """Return every action that a role's policies allow."""
    return set().union(*map(actions_in, policies_of(iam, role).values()))


def used(calls: Iterable[dict[str, Any]]) -> set[str]:
    """Return the rights that calls needed. None of them may have been denied for lack of one."""
    asked = {call["action"] for call in calls}
    return {RIGHT_OF_CALL.get(action, action) for action in asked} - NEEDS_NO_RIGHT


RIGHT_OF_CALL = {"s3:ListObjectsV2": "s3:ListBucket"}
"""Calls whose right has another name."""
