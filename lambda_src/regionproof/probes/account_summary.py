"""The version of the tokens from the global STS endpoint, from ``iam:GetAccountSummary``.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.answers import Answer
from regionproof.domain.facts import TokenVersion
from regionproof.errors import UnexpectedAnswer

from .declaration import Probe

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

CALL = "iam:GetAccountSummary"
KEY = "GlobalEndpointTokenVersion"
DEFAULT_VERSION = 1
"""AWS's default, if the summary does not have the key."""

KNOWN_VERSIONS = (1, 2)


_USUAL_KEYS = frozenset(
    {
        "AccountAccessKeysPresent",
        "AccountMFAEnabled",
        "AssumeRolePolicySizeQuota",
        "Groups",
        "GroupsQuota",
        "MFADevices",
        "Policies",
        "PoliciesQuota",
        "Roles",
        "RolesQuota",
        "ServerCertificates",
        "Users",
        "UsersQuota",
    }
)
"""Some documented keys. An answer without any of them is not a summary, so a missing version means nothing."""


def read(iam: IAMClient) -> TokenVersion:
    """Return the token version. Raises ``UnexpectedAnswer`` for any other answer or an unknown version."""
    summary = Answer(CALL, dict(iam.get_account_summary())).part("SummaryMap")
    if KEY not in summary.content and not _USUAL_KEYS.intersection(summary.content):
        raise UnexpectedAnswer(f"{CALL} was answered without an account summary; is there a proxy in between?")
    version = summary.number(KEY) if KEY in summary.content else DEFAULT_VERSION
    if version not in KNOWN_VERSIONS:
        raise UnexpectedAnswer(f"{KEY} is {version!r}")
    return TokenVersion(version)


PROBE = Probe(
    fact=TokenVersion,
    service="iam",
    call=CALL,
    actions=(CALL,),
    read=read,
)
