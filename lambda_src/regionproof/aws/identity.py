"""Who runs the audit, by ``sts:GetCallerIdentity``, which needs no right.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regionproof.domain.report import Identity
from regionproof.errors import SetupError

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient


def read_identity(sts: STSClient, region: str) -> Identity:
    """Return the caller's account, its partition, and the Region of its session."""
    answer: dict[str, Any] = dict(sts.get_caller_identity())
    if not answer.get("Arn") or not answer.get("Account"):
        raise SetupError("STS answered GetCallerIdentity without an account; is there a proxy in between?")
    partition = answer["Arn"].split(":")[1]
    return Identity(account_id=answer["Account"], partition=partition, region=region)
