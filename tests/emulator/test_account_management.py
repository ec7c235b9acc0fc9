"""Account Management: the Regions of the sample, and rules that the recording does not cover."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import regions
from emulator.process import ORGANIZATION, LocalAws
from emulator.sample import read_sample
from tests.emulator.identities import MEMBER, Identity, refused

pytestmark = pytest.mark.network

SAMPLE = read_sample(ORGANIZATION)


def statuses(client: Any, **parameters: Any) -> dict[str, str]:
    """Return the status of every listed Region."""
    pages = client.get_paginator("list_regions").paginate(**parameters)
    return {item["RegionName"]: item["RegionOptStatus"] for page in pages for item in page["Regions"]}


def test_every_account_has_the_regions_of_the_sample(aws: LocalAws) -> None:
    """Opt-in Regions that the sample leaves out are DISABLED."""
    for account in SAMPLE.accounts:
        expected = {
            **dict.fromkeys(regions.ENABLED_BY_DEFAULT, "ENABLED_BY_DEFAULT"),
            **dict.fromkeys(regions.OPT_IN, "DISABLED"),
            **account.opt_in_regions,
        }
        assert statuses(Identity(aws.endpoint_url, account.id).client("account")) == expected


def test_every_account_has_the_token_version_of_the_sample(aws: LocalAws) -> None:
    """GetAccountSummary returns it."""
    for account in SAMPLE.accounts:
        summary = Identity(aws.endpoint_url, account.id).client("iam").get_account_summary()["SummaryMap"]
        assert summary["GlobalEndpointTokenVersion"] == account.token_version


def test_a_list_can_be_filtered_by_status(member: Identity) -> None:
    """The filter is applied before paging."""
    assert statuses(member.client("account"), RegionOptStatusContains=["ENABLED"]) == {"ap-east-1": "ENABLED"}


def test_the_management_account_reads_the_regions_of_a_member(management: Identity) -> None:
    """The sample has trusted access for Account Management."""
    listed = statuses(management.client("account"), AccountId=MEMBER)

    assert listed["ap-east-1"] == "ENABLED"


@pytest.mark.parametrize("size", [0, 51])
def test_a_page_holds_1_to_50_regions(size: int, member: Identity) -> None:
    """Other sizes are refused."""
    denied = refused(member.client("account"), "list_regions", MaxResults=size)

    assert (denied.code, denied.status) == ("ValidationException", 400)


def test_a_status_that_is_pending_in_the_sample_stays_pending(aws: LocalAws) -> None:
    """An hour later, the Regions are still ENABLING and DISABLING."""
    aws.advance_clock(3600)

    gulf = statuses(Identity(aws.endpoint_url, "400000000008").client("account"))
    africa = statuses(Identity(aws.endpoint_url, "400000000009").client("account"))

    assert (gulf["me-central-1"], africa["af-south-1"]) == ("ENABLING", "DISABLING")


def test_a_region_enabled_by_default_cannot_be_disabled(member: Identity) -> None:
    """Only opt-in Regions can be disabled."""
    denied = refused(member.client("account"), "disable_region", RegionName="us-east-1")

    assert denied.code == "ValidationException"


def test_a_member_cannot_name_another_account(member: Identity) -> None:
    """Only the management account and a delegated administrator can."""
    denied = refused(member.client("account"), "list_regions", AccountId="400000000002")

    assert (denied.code, denied.status) == ("AccessDeniedException", 403)


def test_a_call_to_a_region_that_is_not_enabled_fails_without_a_reason(member: Identity) -> None:
    """Every service reports an invalid token. In an enabled Region the same call succeeds."""
    for service, operation in (("sts", "get_caller_identity"), ("sqs", "list_queues")):
        denied = refused(member.client(service, "eu-south-1"), operation)
        assert denied.code == "InvalidClientTokenId"
        assert getattr(member.client(service, "ap-east-1"), operation)()
