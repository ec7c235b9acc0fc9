"""Who runs the audit, by ``sts:GetCallerIdentity``, which needs no right.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, NoCredentialsError

from regionproof.domain.report import Identity
from regionproof.domain.untrusted_text import sanitize_line
from regionproof.errors import SetupError, UnexpectedAnswer

from .calls import ask
from .redaction import know_caller, redact
from .unusable_credentials import refuse_unsendable, why_not_loaded

if TYPE_CHECKING:
    import boto3
    from botocore.credentials import Credentials
    from mypy_boto3_sts import STSClient

_FAILURES_BELOW_BOTOCORE = (AttributeError, EOFError, KeyError, OSError, RuntimeError, TypeError, ValueError)
"""What a command, a file or a terminal that is not as expected raises while credentials are loaded."""

_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):")


def load_credentials(session: boto3.Session) -> Credentials:
    """Return the caller's credentials, loaded once.

    Raises ``NoCredentialsError``, botocore's other errors of credentials, and ``SetupError`` for what a
    ``credential_process``, a token file or a question for an MFA code without a terminal raises below botocore.
    """
    try:
        own = session.get_credentials()
        if own is not None:
            own.get_frozen_credentials()
    except BotoCoreError:
        raise  # some of these are an OSError too
    except _FAILURES_BELOW_BOTOCORE as cause:
        raise SetupError(sanitize_line(redact(why_not_loaded(cause)))) from cause
    if own is None:
        raise NoCredentialsError
    know_caller(own)
    refuse_unsendable(own)
    return own


def read_identity(sts: STSClient, region: str) -> Identity:
    """Return the caller's account, its partition, and the Region of its session. Raises as ``ask`` does."""
    answer = ask("sts:GetCallerIdentity", sts.get_caller_identity)
    arn = _ARN.match(answer.text("Arn"))
    if arn is None:
        raise UnexpectedAnswer("sts:GetCallerIdentity was answered without an ARN; is there a proxy in between?")
    return Identity(account_id=answer.text("Account"), partition=arn["partition"], region=region)
