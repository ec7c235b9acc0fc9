"""Who runs the audit."""

from __future__ import annotations

import pytest

from regionproof.aws.identity import read_identity
from regionproof.domain.report import Identity
from tests.stubs import stubbed


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-eusc"])
def test_the_account_and_the_partition_are_those_of_the_caller(partition: str) -> None:
    """The Region is the session's, not that of the STS endpoint."""
    arn = f"arn:{partition}:sts::111111111111:assumed-role/RegionProofAuditFunction/session"
    with stubbed("sts") as (sts, stub):
        stub.add_response("get_caller_identity", {"Account": "111111111111", "Arn": arn, "UserId": "A"}, {})
        found = read_identity(sts, "eu-central-1")
    assert found == Identity("111111111111", partition, "eu-central-1")
