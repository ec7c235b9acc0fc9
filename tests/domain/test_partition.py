"""Partitions: which have a global STS endpoint, and which have Account Management and opt-in Regions."""

from __future__ import annotations

import botocore.session
import pytest

from regionproof.domain.partition import (
    REGIONS_ENABLED_BY_DEFAULT,
    has_account_management,
    has_global_sts_endpoint,
    is_opt_in_region,
)

SESSION = botocore.session.get_session()
PARTITIONS = SESSION.get_available_partitions()
SERVICES = {found["partition"]: found["services"] for found in SESSION.get_data("endpoints")["partitions"]}


def test_the_commercial_partition_has_a_global_endpoint() -> None:
    """``sts.amazonaws.com``."""
    assert has_global_sts_endpoint("aws")


@pytest.mark.parametrize("partition", [name for name in PARTITIONS if name != "aws"])
def test_no_other_partition_has_one(partition: str) -> None:
    """Nothing can be wrong with a setting that does not exist there."""
    assert not has_global_sts_endpoint(partition)


@pytest.mark.parametrize("partition", PARTITIONS)
def test_account_management_is_where_the_sdk_has_an_endpoint_of_it(partition: str) -> None:
    """``aws`` and ``aws-cn`` in 2026."""
    assert has_account_management(partition) is ("account" in SERVICES[partition])


def test_a_partition_that_nobody_knows_is_asked() -> None:
    """A failed read is reported; a rule that does not apply is not."""
    assert has_account_management("aws-new")


@pytest.mark.parametrize("partition", PARTITIONS)
def test_opt_in_regions_are_of_the_commercial_partition(partition: str) -> None:
    """Elsewhere every Region is enabled in every account."""
    found = [
        region for region in SESSION.get_available_regions("sts", partition) if is_opt_in_region(region, partition)
    ]
    assert bool(found) is (partition == "aws")


def test_the_regions_that_every_account_has_are_regions_of_the_sdk() -> None:
    """A misspelt one would never match."""
    assert set(SESSION.get_available_regions("ec2", "aws")) > REGIONS_ENABLED_BY_DEFAULT
    assert not is_opt_in_region("", "aws")
    assert is_opt_in_region("ap-east-1", "aws")
