"""The probe of the Regions' opt status."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from regionproof.domain.facts import OptStatus, RegionOptStatuses
from regionproof.errors import UnexpectedAnswer
from regionproof.probes.account_regions import PROBE, read, read_centrally
from tests.support.stubs import a_client, answer_with, http_answer, recorded, stubbed

FIRST_PAGE = {"MaxResults": 50}


def _page(*regions: tuple[str, str], token: str | None = None) -> dict[str, Any]:
    page: dict[str, Any] = {
        "Regions": [{"RegionName": name, "RegionOptStatus": status} for name, status in regions],
    }
    return {**page, "NextToken": token} if token else page


def test_every_page_is_read() -> None:
    """A page that ends is not the end of the list, not even an empty one."""
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", _page(("us-east-1", "ENABLED_BY_DEFAULT"), token="2"), FIRST_PAGE)
        stub.add_response("list_regions", _page(token="3"), {**FIRST_PAGE, "NextToken": "2"})
        stub.add_response("list_regions", _page(("me-south-1", "DISABLING")), {**FIRST_PAGE, "NextToken": "3"})
        found = read(account)
    assert found == RegionOptStatuses(
        {"us-east-1": OptStatus.ENABLED_BY_DEFAULT, "me-south-1": OptStatus.DISABLING},
    )


def test_a_central_read_names_the_account_on_every_page() -> None:
    """Without its id AWS would answer with the caller's own Regions, on the first page or on a later one."""
    target = {"AccountId": "222222222222", **FIRST_PAGE}
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", _page(("us-east-1", "ENABLED_BY_DEFAULT"), token="2"), target)
        stub.add_response("list_regions", _page(("me-south-1", "ENABLED")), {**target, "NextToken": "2"})
        found = read_centrally(account, "222222222222")
    assert found.in_use_or_about_to_be == ("me-south-1",)
    assert PROBE.read_centrally is read_centrally


def test_recorded_pages_are_read() -> None:
    """AWS's default page of 20 Regions and one more page, as they were recorded."""
    first = recorded("list_regions_member_first_page")["output"]
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", first, FIRST_PAGE)
        stub.add_response(
            "list_regions", _page(("me-south-1", "ENABLING")), {**FIRST_PAGE, "NextToken": first["NextToken"]}
        )
        found = read(account)
    assert len(found.by_region) == len(first["Regions"]) + 1
    assert found.in_use_or_about_to_be == ("me-south-1",)


def test_the_recorded_management_account_uses_opt_in_regions() -> None:
    """Its first page holds nine of them, and Regions enabled by default are none."""
    output = recorded("list_regions_management_first_page")["output"]
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", {"Regions": output["Regions"]}, FIRST_PAGE)
        found = read(account)
    enabled = tuple(r["RegionName"] for r in output["Regions"] if r["RegionOptStatus"] == "ENABLED")
    assert found.in_use_or_about_to_be == enabled
    assert "ap-northeast-1" not in found.opt_in


@pytest.mark.parametrize("status", list(OptStatus))
def test_every_documented_status_is_known(status: OptStatus) -> None:
    """All five, as AWS spells them."""
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", _page(("af-south-1", status.value)), FIRST_PAGE)
        assert read(account).by_region == {"af-south-1": status}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (_page(), "the list of Regions is empty"),
        (_page(("af-south-1", "HALF_ENABLED")), "Region af-south-1 has the opt status 'HALF_ENABLED'"),
        ({"Regions": [{"RegionName": "af-south-1"}]}, "answered without RegionOptStatus"),
        ({"Regions": [{"RegionOptStatus": "ENABLED"}]}, "answered without RegionName"),
        ({}, "answered without Regions"),
    ],
    ids=["empty", "unknown status", "no status", "no name", "no list"],
)
def test_an_answer_that_this_version_does_not_know_is_no_value(answer: dict[str, Any], said: str) -> None:
    """An unknown status is neither «in use» nor «not in use»."""
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", answer, FIRST_PAGE)
        with pytest.raises(UnexpectedAnswer, match=said):
            read(account)


@pytest.mark.parametrize("body", ["<html>Sign in to the network</html>", "{}", ""])
def test_a_second_page_of_something_else_is_no_end_of_the_list(body: str) -> None:
    """Half a list of Regions would hide the ones in use."""
    account = a_client("account")
    first = http_answer(200, json.dumps(_page(("us-east-1", "ENABLED"), token="2")), "application/json")
    answers = iter([first, http_answer(200, body)])
    answer_with(account, lambda _request: next(answers))
    with pytest.raises(UnexpectedAnswer, match="answered without Regions"):
        read(account)


@pytest.mark.parametrize("case", ["list_regions_bad_token", "policy_names_wrong_arn"])
def test_a_refusal_passes_through(case: str) -> None:
    """The reader, not the probe, decides what a failed call means."""
    refusal = recorded(case)
    with stubbed("account") as (account, stub):
        stub.add_client_error("list_regions", refusal["code"], refusal["message"], 403)
        with pytest.raises(ClientError, match=refusal["code"]):
            read(account)


def test_a_refusal_of_the_second_page_fails_the_read() -> None:
    """What the first page said is not the whole."""
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", _page(("us-east-1", "ENABLED_BY_DEFAULT"), token="2"), FIRST_PAGE)
        stub.add_client_error("list_regions", "TooManyRequestsException", "Rate exceeded", 429)
        with pytest.raises(ClientError, match="TooManyRequestsException"):
            read(account)


def test_the_probe_says_what_it_calls() -> None:
    """Findings name the call in these words."""
    assert (PROBE.call, PROBE.service, PROBE.fact) == ("account:ListRegions", "account", RegionOptStatuses)


def test_a_list_that_leads_to_itself_is_no_list() -> None:
    """It would be read for ever."""
    page = _page(("us-east-1", "ENABLED_BY_DEFAULT"), token="2")
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", page, FIRST_PAGE)
        stub.add_response("list_regions", page, {**FIRST_PAGE, "NextToken": "2"})
        with pytest.raises(UnexpectedAnswer, match="has no end: AWS gave the same token again"):
            read(account)


def test_accounts_that_read_alike_share_one_record() -> None:
    """50,000 of them would fill the memory."""
    page = _page(("us-east-1", "ENABLED_BY_DEFAULT"), ("me-south-1", "ENABLED"))
    found = []
    for _ in range(2):
        with stubbed("account") as (account, stub):
            stub.add_response("list_regions", page, FIRST_PAGE)
            found.append(read(account))
    assert found[0] is found[1]


def test_a_region_with_two_opt_statuses_is_no_value() -> None:
    """One of the two would hide the other."""
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", _page(("af-south-1", "ENABLED"), ("af-south-1", "DISABLED")), FIRST_PAGE)
        with pytest.raises(UnexpectedAnswer, match="af-south-1 has two opt statuses, ENABLED and DISABLED"):
            read(account)
