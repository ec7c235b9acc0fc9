"""Partitions: only the commercial one has a global STS endpoint."""

from __future__ import annotations

import botocore.session
import pytest

from regionproof.domain.partition import has_global_sts_endpoint

PARTITIONS = botocore.session.get_session().get_available_partitions()


def test_the_commercial_partition_has_a_global_endpoint() -> None:
    """``sts.amazonaws.com``."""
    assert has_global_sts_endpoint("aws")


@pytest.mark.parametrize("partition", [name for name in PARTITIONS if name != "aws"])
def test_no_other_partition_has_one(partition: str) -> None:
    """Nothing can be wrong with a setting that does not exist there."""
    assert not has_global_sts_endpoint(partition)
