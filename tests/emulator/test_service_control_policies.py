"""A service control policy denies what the identity's own policies allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.emulator.identities import Identity, refused

if TYPE_CHECKING:
    from emulator.process import LocalAws

pytestmark = pytest.mark.network

REGIONS_DENIED = "500000000001"
"""An account of the sample in which a service control policy denies all Regions but two."""


def test_a_service_control_policy_overrides_the_permissions_of_a_role(aws: LocalAws) -> None:
    """In the blocked account of the sample, the role can be assumed, but the SCP denies its calls."""
    ledger = Identity(aws.endpoint_url, "400000000010")
    session = ledger.assume(ledger.make_role("Audited", "*", "400000000010"))

    identity = session.client("sts").get_caller_identity()
    denied = refused(session.client("iam"), "get_account_summary")

    assert identity["Account"] == "400000000010"
    assert denied.code == "AccessDenied"
    assert denied.message.endswith("with an explicit deny in a service control policy")


def test_a_policy_that_denies_regions_leaves_out_what_aws_s_sample_does(aws: LocalAws, management: Identity) -> None:
    """Account Management is denied in the member, as it is called in us-east-1; IAM is not, nor is the other caller."""
    member = Identity(aws.endpoint_url, REGIONS_DENIED)
    session = member.assume(member.make_role("Audited", "*", REGIONS_DENIED))

    denied = refused(session.client("account"), "list_regions")
    elsewhere = refused(session.client("sqs", "us-west-2"), "list_queues")

    assert (denied.code, elsewhere.code) == ("AccessDeniedException", "AccessDenied")
    assert denied.message.endswith("with an explicit deny in a service control policy")
    assert session.client("iam").get_account_summary()["SummaryMap"]
    assert session.client("sts", "us-west-2").get_caller_identity()["Account"] == REGIONS_DENIED
    assert "ResponseMetadata" in session.client("sqs", "eu-central-1").list_queues()
    assert management.client("account").list_regions(AccountId=REGIONS_DENIED)["Regions"]
