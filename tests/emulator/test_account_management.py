"""Account Management: the sample's Regions, and what the recording does not show."""

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
    """Return the status of every Region that is listed."""
    pages = client.get_paginator("list_regions").paginate(**parameters)
    return {item["RegionName"]: item["RegionOptStatus"] for page in pages for item in page["Regions"]}


def test_every_account_has_the_regions_of_the_sample(aws: LocalAws) -> None:
    """Those that the sample names have its status, other opt-in Regions are DISABLED, the rest is there by default."""
    for account in SAMPLE.accounts:
        expected = {
            **dict.fromkeys(regions.ENABLED_BY_DEFAULT, "ENABLED_BY_DEFAULT"),
            **dict.fromkeys(regions.OPT_IN, "DISABLED"),
            **account.opt_in_regions,
        }
        assert statuses(Identity(aws.endpoint_url, account.id).client("account")) == expected


def test_every_account_has_the_token_version_of_the_sample(aws: LocalAws) -> None:
    """GetAccountSummary tells it."""
    for account in SAMPLE.accounts:
        summary = Identity(aws.endpoint_url, account.id).client("iam").get_account_summary()["SummaryMap"]
        assert summary["GlobalEndpointTokenVersion"] == account.token_version


def test_statuses_filter_the_list(member: Identity) -> None:
    """The filter counts before the paging."""
    assert statuses(member.client("account"), RegionOptStatusContains=["ENABLED"]) == {"ap-east-1": "ENABLED"}


def test_the_management_account_reads_the_regions_of_a_member(management: Identity) -> None:
    """The sample has trusted access for it."""
    listed = statuses(management.client("account"), AccountId=MEMBER)

    assert listed["ap-east-1"] == "ENABLED"


@pytest.mark.parametrize("size", [0, 51])
def test_a_page_holds_1_to_50_regions(size: int, member: Identity) -> None:
    """Other sizes are refused."""
    denied = refused(member.client("account"), "list_regions", MaxResults=size)

    assert (denied.code, denied.status) == ("ValidationException", 400)


def test_what_the_sample_has_pending_stays_so(aws: LocalAws) -> None:
    """An hour later it is ENABLING and DISABLING still."""
    aws.advance_clock(3600)

    gulf = statuses(Identity(aws.endpoint_url, "400000000008").client("account"))
    africa = statuses(Identity(aws.endpoint_url, "400000000009").client("account"))

    assert (gulf["me-central-1"], africa["af-south-1"]) == ("ENABLING", "DISABLING")


def test_a_region_enabled_by_default_can_not_be_disabled(member: Identity) -> None:
    """It is no Region to opt out of."""
    denied = refused(member.client("account"), "disable_region", RegionName="us-east-1")

    assert denied.code == "ValidationException"


def test_a_member_can_not_name_another(member: Identity) -> None:
    """Only the management account and a delegate can."""
    denied = refused(member.client("account"), "list_regions", AccountId="400000000002")

    assert (denied.code, denied.status) == ("AccessDeniedException", 403)


def test_a_call_to_a_region_that_is_not_enabled_fails_without_a_reason(member: Identity) -> None:
    """The error is that of a bad token, whatever the service; where it is enabled, the same call succeeds."""
    for service, operation in (("sts", "get_caller_identity"), ("sqs", "list_queues")):
        denied = refused(member.client(service, "eu-south-1"), operation)
        assert denied.code == "InvalidClientTokenId"
        assert getattr(member.client(service, "ap-east-1"), operation)()
