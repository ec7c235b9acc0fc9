"""Who runs the audit, by ``sts:GetCallerIdentity``, which needs no right.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from regionproof.domain.report import Identity
from regionproof.errors import UnexpectedAnswer

from .calls import ask

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):")


def read_identity(sts: STSClient, region: str) -> Identity:
    """Return the caller's account, its partition, and the Region of its session. Raises as ``ask`` does."""
    answer = ask("sts:GetCallerIdentity", sts.get_caller_identity)
    arn = _ARN.match(answer.text("Arn"))
    if arn is None:
        raise UnexpectedAnswer("sts:GetCallerIdentity was answered without an ARN; is there a proxy in between?")
    return Identity(account_id=answer.text("Account"), partition=arn["partition"], region=region)
