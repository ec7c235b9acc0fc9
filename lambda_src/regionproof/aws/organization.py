"""Discover: the organization with every account, page by page, and its tree, walked once.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from regionproof.answers import pages
from regionproof.domain.accounts import ACCOUNT_ID, UNKNOWN_STATE, Account, Organization, OrganizationalUnit
from regionproof.domain.untrusted_text import shorten
from regionproof.errors import UnexpectedAnswer

from .calls import ask, listed
from .failures import as_setup_error
from .placing import Listed, placed
from .prefetch import prefetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_organizations import OrganizationsClient

    from regionproof.answers import Answer

    from .placing import Parents

ACTIONS = (
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListRoots",
)
"""What a listing needs, in an identity policy of the management account or of a delegated administrator."""

MOST_ACCOUNTS = 200_000
MOST_UNITS = 20_000
MOST_LEVELS = 20
"""More than any organization has: AWS's own limits are far lower.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""

_LIST_UNITS = "organizations:ListOrganizationalUnitsForParent"


def _ignore(_account: Account) -> None:
    """Do not wait for accounts before their place is known."""


class OrganizationLister:
    """The organization of the caller, as Organizations lists it.

    ``listed`` gets the number of accounts on each page as it comes, in any thread.
    """

    def __init__(self, client: OrganizationsClient, listed: Callable[[int], None] = lambda _accounts: None) -> None:
        self._client = client
        self._listed = listed
        self._unit_ids: frozenset[str] | None = None
        self._described: Organization | None = None
        self._first_page: Answer | None = None

    def describe(self) -> Organization:
        """Return the organization without any account: the one that ``look`` kept, once. Raises ``SetupError``."""
        kept, self._described = self._described, None
        if kept:
            return kept
        with as_setup_error():
            answer = ask("organizations:DescribeOrganization", self._client.describe_organization)
            described = answer.part("Organization")
            return Organization(
                described.text("Id"),
                described.text("MasterAccountId"),
                feature_set=described.text_or("FeatureSet", ""),
            )

    def look(self) -> Organization:
        """Return the organization, and keep it for the run that goes on from here. Raises ``SetupError``.

        What an earlier look kept is forgotten.
        """
        self._described = self._first_page = None
        self._described = described = self.describe()
        return described

    def first_page(self) -> list[Answer]:
        """Return the accounts of the first page, and keep it for the next listing.

        Raises ``CallFailed`` and ``UnexpectedAnswer``.
        """
        page = self._ask_for_page()
        entries = page.parts("Accounts")
        self._first_page = page
        return entries

    def accounts(self, organization: Organization, seen: Callable[[Account], None] = _ignore) -> Iterator[Account]:
        """Yield every account once, as soon as its place in the tree is known.

        ``seen`` gets each account before that, as soon as it is listed. Its parents are those of its path, without
        names; there are none if AWS gave no path.

        Raises ``SetupError``: a listing that breaks off is a failed run, whatever it yielded before.
        """
        walked: set[str] = set()
        on_paths: set[str] = set()  # with units that were made or moved during the walk

        def walk() -> Iterator[Parents]:
            for way in self._walk_tree():
                walked.add(way[-1].id)
                yield way

        def note(account: Account) -> None:
            on_paths.update(account.parent_ids)
            seen(account)

        with as_setup_error():
            yield from placed(self._listed_once(organization, note), walk, self._account_ids_below)
        self._unit_ids = frozenset(walked | on_paths) or None

    def unit_ids(self) -> frozenset[str] | None:
        """Return the ids of all roots and units, once ``accounts`` came to its end; None before."""
        return self._unit_ids

    def _listed_once(self, organization: Organization, seen: Callable[[Account], None]) -> Iterator[Listed]:
        """Yield each account with the parents that its path names, and pass it to ``seen``."""
        ids: set[str] = set()
        for entry in itertools.chain.from_iterable(prefetch(self._account_pages())):
            path = path_of(entry)
            account = account_of(entry, parents_in(path), organization.management_account_id)
            if account.id in ids:
                continue
            ids.add(account.id)
            if len(ids) > MOST_ACCOUNTS:
                raise UnexpectedAnswer(f"organizations:ListAccounts gave more than {MOST_ACCOUNTS} accounts")
            seen(account)
            yield Listed(account, has_path=bool(path))

    def _account_pages(self) -> Iterator[list[Answer]]:
        """Yield the accounts of each page."""
        for page in pages(self._ask_for_page, "Accounts"):
            self._listed(len(page))
            yield page

    def _ask_for_page(self, **arguments: str) -> Answer:
        """Return a page of accounts: the first one as it was read before, if it was."""
        kept, self._first_page = self._first_page, None
        if kept and not arguments:
            return kept
        return ask("organizations:ListAccounts", self._client.list_accounts, **arguments)

    def _account_ids_below(self, unit_id: str) -> Iterator[str]:
        """Yield the ids of the accounts right below a unit."""
        call, operation = "organizations:ListAccountsForParent", self._client.list_accounts_for_parent
        return map(_account_id, listed(call, operation, "Accounts", ParentId=unit_id))

    def _walk_tree(self) -> Iterator[Parents]:
        """Yield the way to every root and organizational unit: one call a unit, none an account.

        A unit that was moved meanwhile may come twice; its first place counts. Raises ``UnexpectedAnswer`` for a tree
        without a root, with a unit below itself, or deeper or larger than any.
        """
        pending: list[Parents] = [
            (_unit(root),) for root in listed("organizations:ListRoots", self._client.list_roots, "Roots")
        ]
        if not pending:
            raise UnexpectedAnswer("organizations:ListRoots was answered without a root")
        seen: set[str] = set()
        while pending:
            chain = pending.pop()
            if chain[-1].id in seen:
                continue
            seen.add(chain[-1].id)
            if len(chain) > MOST_LEVELS or len(seen) > MOST_UNITS:
                raise UnexpectedAnswer(f"{_LIST_UNITS} shows a tree that has no end, at {chain[-1].id}")
            yield chain
            pending.extend((*chain, unit) for unit in self._units_below(chain))

    def _units_below(self, chain: Parents) -> Iterator[OrganizationalUnit]:
        call, operation = _LIST_UNITS, self._client.list_organizational_units_for_parent
        above = {unit.id for unit in chain}
        for unit in map(_unit, listed(call, operation, "OrganizationalUnits", ParentId=chain[-1].id)):
            if unit.id in above:
                raise UnexpectedAnswer(f"{call} shows {unit.id} below itself")
            yield unit


def _unit(entry: Answer) -> OrganizationalUnit:
    return OrganizationalUnit(entry.text("Id"), entry.text_or("Name", ""))


def account_of(entry: Answer, parents: Parents, management_account_id: str) -> Account:
    """Return an account from an item of ListAccounts and the way to it. Raises ``UnexpectedAnswer``."""
    account_id = _account_id(entry)
    # `Status` was to retire on 2026-09-09 in favour of `State`.
    state = entry.text_or("State", "") or entry.text_or("Status", UNKNOWN_STATE)
    return Account(
        id=account_id,
        name=entry.text_or("Name", ""),
        state=state,
        parents=parents,
        is_management=account_id == management_account_id,
    )


def _account_id(entry: Answer) -> str:
    """Return the id of an account. Raises ``UnexpectedAnswer``."""
    account_id = entry.text("Id")
    if not ACCOUNT_ID.fullmatch(account_id):
        raise UnexpectedAnswer(f"{entry.call} names an account whose id is not 12 digits: {shorten(account_id, 20)!r}")
    return account_id


def path_of(entry: Answer) -> str:
    """Return the path that AWS gives with an account; empty if it gives none. Raises ``UnexpectedAnswer``."""
    return next(iter(entry.texts("Paths")), "") if entry.content.get("Paths") else ""


def parents_in(path: str) -> Parents:
    """Return the root and the units of a path such as ``o-…/r-…/ou-…/111122223333/``, without names."""
    return tuple(OrganizationalUnit(step, "") for step in path.split("/") if step.startswith(("r-", "ou-")))
