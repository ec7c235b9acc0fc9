"""AWS partitions, as far as the audit depends on them."""

from __future__ import annotations

PARTITIONS_WITH_GLOBAL_STS_ENDPOINT = frozenset({"aws"})
"""Only the commercial partition has ``sts.amazonaws.com``, and so a token version to choose.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html
"""


def has_global_sts_endpoint(partition: str) -> bool:
    """Return whether a partition has a global STS endpoint beside the Regional ones."""
    return partition in PARTITIONS_WITH_GLOBAL_STS_ENDPOINT


PARTITIONS_WITHOUT_ACCOUNT_MANAGEMENT = frozenset(
    {"aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"}
)
"""Partitions without an endpoint of AWS Account Management, which is what enables Regions (botocore's endpoint data).

In a partition that is not named here the read is tried, and a failure is reported.
"""

REGIONS_ENABLED_BY_DEFAULT = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)
"""Regions of the partition ``aws`` that every account has. No newer one joins them: since 2019-03-20 each is opt-in.

It serves sentences only. Which Regions an account has enabled is read from AWS.
https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
"""


def has_account_management(partition: str) -> bool:
    """Return whether accounts of a partition may have Regions to enable and disable."""
    return partition not in PARTITIONS_WITHOUT_ACCOUNT_MANAGEMENT


def is_opt_in_region(region: str, partition: str) -> bool:
    """Return whether a Region must be enabled in an account before it takes calls. Empty: unknown, so no."""
    return bool(region) and partition == "aws" and region not in REGIONS_ENABLED_BY_DEFAULT


ACCOUNT_MANAGEMENT = "account.amazonaws.com"
