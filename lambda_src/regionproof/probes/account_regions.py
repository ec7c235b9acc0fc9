"""The opt status of every Region of an account, by ``account:ListRegions``.

AWS's default page holds 20 Regions (recording ``list_regions_member_first_page``), so every page is read.

https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from regionproof.domain.facts import OptStatus, RegionOptStatuses

from .declaration import Probe, UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_account import AccountClient

LARGEST_PAGE = 50
_STATUSES = {status.value: status for status in OptStatus}


def read(account: AccountClient) -> RegionOptStatuses:
    """Return the opt status of every Region.

    Raises ``UnexpectedAnswer`` on a page without a list, on no Region at all and on an unknown status.
    """
    return _read(account)


def read_centrally(account: AccountClient, account_id: str) -> RegionOptStatuses:
    """Return the opt status of every Region of a member, asked by the management account or its delegate.

    Raises as ``read`` does. The quota of 5 calls a second is then the caller's, and AWS refuses the id of the
    management account (recording ``management_names_itself``).
    https://docs.aws.amazon.com/accounts/latest/reference/quotas.html
    """
    return _read(account, AccountId=account_id)


def _read(account: AccountClient, **target: Any) -> RegionOptStatuses:
    regions = (region for page in _pages(account, target) for region in _regions_of(page))
    return _opt_statuses(tuple((region.get("RegionName"), region.get("RegionOptStatus")) for region in regions))


def _pages(account: AccountClient, target: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
    # A loop of our own: a paginator is made anew for each account, and took a twentieth of all computing time.
    request: dict[str, Any] = {**target, "MaxResults": LARGEST_PAGE}
    while True:
        page = account.list_regions(**request)
        yield page
        token = page.get("NextToken")
        if not token:
            return
        if token == request.get("NextToken"):
            raise UnexpectedAnswer("the same NextToken came twice")
        request["NextToken"] = token


@lru_cache(maxsize=1024)
def _opt_statuses(by_region: tuple[tuple[str | None, str | None], ...]) -> RegionOptStatuses:
    """Return one record for all accounts with the same statuses: most have, and each record takes 2 KB."""
    if not by_region:
        raise UnexpectedAnswer("the list of Regions is empty")
    return RegionOptStatuses(dict(_name_and_status(name, status) for name, status in by_region))


def _regions_of(page: Mapping[str, Any]) -> list[dict[str, str]]:
    # A proxy's answer in AWS's place parses to a page without it, which must not pass for the last page.
    if "Regions" not in page:
        raise UnexpectedAnswer("a page holds no list of Regions")
    regions: list[dict[str, str]] = page["Regions"]
    return regions


def _name_and_status(name: str | None, status: str | None) -> tuple[str, OptStatus]:
    if not name:
        raise UnexpectedAnswer("a Region without a name")
    if status not in _STATUSES:
        raise UnexpectedAnswer(f"Region {name} has the opt status {status!r}")
    return name, _STATUSES[status]


PROBE = Probe(
    fact=RegionOptStatuses,
    service="account",
    call="account:ListRegions",
    actions=("account:ListRegions",),
    read=read,
    read_centrally=read_centrally,
)
