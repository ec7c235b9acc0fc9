"""The version of the tokens from the global STS endpoint, by ``iam:GetAccountSummary``.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.facts import TokenVersion

from .declaration import Probe, UnexpectedAnswer

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

DEFAULT_VERSION = 1
"""A summary without the key means AWS's default."""

KNOWN_VERSIONS = (1, 2)


def read(iam: IAMClient) -> TokenVersion:
    """Return the token version. Raises ``UnexpectedAnswer`` on an empty summary or another version."""
    summary = dict(iam.get_account_summary().get("SummaryMap", {}))
    if not summary:
        raise UnexpectedAnswer("the account summary is empty")
    version = summary.get("GlobalEndpointTokenVersion", DEFAULT_VERSION)
    if version not in KNOWN_VERSIONS:
        raise UnexpectedAnswer(f"GlobalEndpointTokenVersion is {version!r}")
    return TokenVersion(version)


PROBE = Probe(
    fact=TokenVersion,
    service="iam",
    call="iam:GetAccountSummary",
    actions=("iam:GetAccountSummary",),
    read=read,
)
