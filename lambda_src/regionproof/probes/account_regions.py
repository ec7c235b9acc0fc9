"""The opt status of every Region of an account, from ``account:ListRegions``.

A default page has only 20 Regions (recording ``list_regions_member_first_page``).

https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from regionproof.answers import Answer, pages
from regionproof.domain.facts import OptStatus, RegionOptStatuses
from regionproof.errors import UnexpectedAnswer

from .declaration import Probe

if TYPE_CHECKING:
    from mypy_boto3_account import AccountClient

CALL = "account:ListRegions"
LARGEST_PAGE = 50
MOST_PAGES = 20
"""AWS has about 40 Regions."""

_STATUSES = {status.value: status for status in OptStatus}


def read(account: AccountClient) -> RegionOptStatuses:
    """Return the opt status of every Region.

    Raises ``UnexpectedAnswer`` if a page has no list, if the whole list is empty, or if a status is unknown.
    """
    return _read(account)


def read_centrally(account: AccountClient, account_id: str) -> RegionOptStatuses:
    """Return the opt status of every Region of a member, from the management account or a delegated administrator.

    Raises the same errors as ``read``. All such calls share the caller's quota of 5 per second. AWS refuses the id of
    the management account (recording ``management_names_itself``).
    https://docs.aws.amazon.com/accounts/latest/reference/quotas.html
    """
    return _read(account, AccountId=account_id)


def _read(account: AccountClient, **target: Any) -> RegionOptStatuses:
    def ask(**request: Any) -> Answer:
        return Answer(CALL, dict(account.list_regions(**target, **request)))

    # Not a boto paginator: building one per account took 5% of the CPU time.
    listed = pages(ask, "Regions", most=MOST_PAGES, MaxResults=LARGEST_PAGE)
    regions = chain.from_iterable(listed)
    return _opt_statuses(tuple((region.text("RegionName"), region.text("RegionOptStatus")) for region in regions))


@lru_cache(maxsize=1024)
def _opt_statuses(by_region: tuple[tuple[str, str], ...]) -> RegionOptStatuses:
    """Return one shared record for accounts with the same statuses. Most have, and a record takes 2 KB."""
    if not by_region:
        raise UnexpectedAnswer("the list of Regions is empty")
    statuses: dict[str, OptStatus] = {}
    for name, status in by_region:
        if status not in _STATUSES:
            raise UnexpectedAnswer(f"Region {name} has the opt status {status!r}")
        if statuses.setdefault(name, _STATUSES[status]) is not _STATUSES[status]:
            raise UnexpectedAnswer(f"Region {name} has two opt statuses, {statuses[name]} and {status}")
    return RegionOptStatuses(statuses)


PROBE = Probe(
    fact=RegionOptStatuses,
    service="account",
    call=CALL,
    actions=(CALL,),
    read=read,
    read_centrally=read_centrally,
)
