"""AWS partitions, as far as the audit depends on them."""

from __future__ import annotations

PARTITIONS_WITH_GLOBAL_STS_ENDPOINT = frozenset({"aws"})
"""Only the commercial partition has ``sts.amazonaws.com``, and so a token version to choose.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html
"""


def has_global_sts_endpoint(partition: str) -> bool:
    """Tell whether a partition has a global STS endpoint beside the Regional ones."""
    return partition in PARTITIONS_WITH_GLOBAL_STS_ENDPOINT
