"""The version of the tokens from the global STS endpoint, by ``iam:GetAccountSummary``.

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
"""A summary without the key means AWS's default."""

KNOWN_VERSIONS = (1, 2)


_EVERY_SUMMARY = frozenset(
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
"""Some of the keys that AWS documents. An answer with none of them is not a summary, so nothing is missing in it."""


def read(iam: IAMClient) -> TokenVersion:
    """Return the token version. Raises ``UnexpectedAnswer`` if the answer is no summary or names another version."""
    summary = Answer(CALL, dict(iam.get_account_summary())).part("SummaryMap")
    if KEY not in summary.content and not _EVERY_SUMMARY.intersection(summary.content):
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
