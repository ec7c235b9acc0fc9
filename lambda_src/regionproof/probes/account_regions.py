"""The opt status of every Region of an account, by ``account:ListRegions``.

AWS's default page holds 20 Regions (recording ``list_regions_member_first_page``), so every page is read.

https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionproof.domain.facts import OptStatus, RegionOptStatuses

from .declaration import Probe, UnexpectedAnswer

if TYPE_CHECKING:
    from mypy_boto3_account import AccountClient

LARGEST_PAGE = 50


def read(account: AccountClient) -> RegionOptStatuses:
    """Return the opt status of every Region. Raises ``UnexpectedAnswer`` on no Region or an unknown status."""
    pages = account.get_paginator("list_regions").paginate(PaginationConfig={"PageSize": LARGEST_PAGE})
    by_region = {
        region.get("RegionName", ""): _known_status(region.get("RegionName", ""), region.get("RegionOptStatus"))
        for page in pages
        for region in page["Regions"]
    }
    if not by_region:
        raise UnexpectedAnswer("the list of Regions is empty")
    return RegionOptStatuses(by_region)


def _known_status(region: str, status: str | None) -> OptStatus:
    if status not in set(OptStatus):
        raise UnexpectedAnswer(f"Region {region or '(no name)'} has the opt status {status!r}")
    return OptStatus(status)


PROBE = Probe(
    fact=RegionOptStatuses,
    service="account",
    call="account:ListRegions",
    actions=("account:ListRegions",),
    read=read,
)
