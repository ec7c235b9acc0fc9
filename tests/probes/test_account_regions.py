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
    """The first page is not the whole list, and an empty page is not its end."""
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", _page(("us-east-1", "ENABLED_BY_DEFAULT"), token="2"), FIRST_PAGE)
        stub.add_response("list_regions", _page(token="3"), {**FIRST_PAGE, "NextToken": "2"})
        stub.add_response("list_regions", _page(("me-south-1", "DISABLING")), {**FIRST_PAGE, "NextToken": "3"})
        statuses = read(account)
    assert statuses == RegionOptStatuses(
        {"us-east-1": OptStatus.ENABLED_BY_DEFAULT, "me-south-1": OptStatus.DISABLING},
    )


def test_a_central_read_names_the_account_on_every_page() -> None:
    """Without the id on a page, AWS would answer with the Regions of the caller."""
    target = {"AccountId": "222222222222", **FIRST_PAGE}
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", _page(("us-east-1", "ENABLED_BY_DEFAULT"), token="2"), target)
        stub.add_response("list_regions", _page(("me-south-1", "ENABLED")), {**target, "NextToken": "2"})
        statuses = read_centrally(account, "222222222222")
    assert statuses.in_use_or_about_to_be == ("me-south-1",)
    assert PROBE.read_centrally is read_centrally


def test_a_recorded_page_is_read() -> None:
    """It is the default page with 20 Regions. Another page follows it."""
    first = recorded("list_regions_member_first_page")["output"]
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", first, FIRST_PAGE)
        stub.add_response(
            "list_regions", _page(("me-south-1", "ENABLING")), {**FIRST_PAGE, "NextToken": first["NextToken"]}
        )
        statuses = read(account)
    assert len(statuses.by_region) == len(first["Regions"]) + 1
    assert statuses.in_use_or_about_to_be == ("me-south-1",)


def test_the_recorded_management_account_uses_opt_in_regions() -> None:
    """Its first page has nine. Regions enabled by default do not count."""
    output = recorded("list_regions_management_first_page")["output"]
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", {"Regions": output["Regions"]}, FIRST_PAGE)
        statuses = read(account)
    enabled = tuple(r["RegionName"] for r in output["Regions"] if r["RegionOptStatus"] == "ENABLED")
    assert statuses.in_use_or_about_to_be == enabled
    assert "ap-northeast-1" not in statuses.opt_in


@pytest.mark.parametrize("status", list(OptStatus))
def test_every_documented_status_is_known(status: OptStatus) -> None:
    """AWS documents five."""
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", _page(("af-south-1", status.value)), FIRST_PAGE)
        assert read(account).by_region == {"af-south-1": status}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (_page(), "the list of Regions is empty"),
        (_page(("af-south-1", "HALF_ENABLED")), "Region af-south-1 has the opt status 'HALF_ENABLED'"),
        ({"Regions": [{"RegionName": "af-south-1"}]}, "answered without RegionOptStatus"),
        ({"Regions": [{"RegionOptStatus": "ENABLED"}]}, "answered without RegionName"),
        ({}, "answered without Regions"),
    ],
    ids=["empty", "unknown status", "no status", "no name", "no list"],
)
def test_an_unknown_answer_is_an_error(answer: dict[str, Any], message: str) -> None:
    """An unknown status means neither "in use" nor "not in use"."""
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", answer, FIRST_PAGE)
        with pytest.raises(UnexpectedAnswer, match=message):
            read(account)


@pytest.mark.parametrize("body", ["<html>Sign in to the network</html>", "{}", ""])
def test_a_second_page_that_is_not_a_list_is_an_error(body: str) -> None:
    """Half a list could hide Regions in use."""
    account = a_client("account")
    first = http_answer(200, json.dumps(_page(("us-east-1", "ENABLED"), token="2")), "application/json")
    answers = iter([first, http_answer(200, body)])
    answer_with(account, lambda _request: next(answers))
    with pytest.raises(UnexpectedAnswer, match="answered without Regions"):
        read(account)


@pytest.mark.parametrize("case", ["list_regions_bad_token", "policy_names_wrong_arn"])
def test_a_refusal_is_not_caught(case: str) -> None:
    """The account reader handles failed calls."""
    refusal = recorded(case)
    with stubbed("account") as (account, stub):
        stub.add_client_error("list_regions", refusal["code"], refusal["message"], 403)
        with pytest.raises(ClientError, match=refusal["code"]):
            read(account)


def test_a_refusal_of_the_second_page_fails_the_read() -> None:
    """The first page is only a part of the list."""
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", _page(("us-east-1", "ENABLED_BY_DEFAULT"), token="2"), FIRST_PAGE)
        stub.add_client_error("list_regions", "TooManyRequestsException", "Rate exceeded", 429)
        with pytest.raises(ClientError, match="TooManyRequestsException"):
            read(account)


def test_the_probe_declares_its_call() -> None:
    """Findings name the call like this."""
    assert (PROBE.call, PROBE.service, PROBE.fact) == ("account:ListRegions", "account", RegionOptStatuses)


def test_a_repeated_token_is_an_error() -> None:
    """Reading would never end."""
    page = _page(("us-east-1", "ENABLED_BY_DEFAULT"), token="2")
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", page, FIRST_PAGE)
        stub.add_response("list_regions", page, {**FIRST_PAGE, "NextToken": "2"})
        with pytest.raises(UnexpectedAnswer, match="has no end: AWS gave the same token again"):
            read(account)


def test_accounts_with_the_same_statuses_share_one_record() -> None:
    """50,000 separate records would fill the memory."""
    page = _page(("us-east-1", "ENABLED_BY_DEFAULT"), ("me-south-1", "ENABLED"))
    results = []
    for _ in range(2):
        with stubbed("account") as (account, stub):
            stub.add_response("list_regions", page, FIRST_PAGE)
            results.append(read(account))
    assert results[0] is results[1]


def test_a_region_with_two_opt_statuses_is_an_error() -> None:
    """One status would hide the other."""
    with stubbed("account") as (account, stub):
        stub.add_response("list_regions", _page(("af-south-1", "ENABLED"), ("af-south-1", "DISABLED")), FIRST_PAGE)
        with pytest.raises(UnexpectedAnswer, match="af-south-1 has two opt statuses, ENABLED and DISABLED"):
            read(account)
