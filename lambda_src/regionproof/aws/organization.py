"""Discover: the organization with every account, page by page, and its tree, walked once.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from regionproof.answers import pages
from regionproof.domain.accounts import ACCOUNT_ID, UNKNOWN_STATE, Account, Organization, OrganizationalUnit
from regionproof.domain.text import shorten
from regionproof.errors import UnexpectedAnswer

from .calls import ask, listed
from .failures import said_clearly
from .pages_ahead import ahead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_organizations import OrganizationsClient

    from regionproof.answers import Answer

    Parents = tuple[OrganizationalUnit, ...]

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


class ListedOrganization:
    """The organization of the caller, as Organizations lists it."""

    def __init__(self, client: OrganizationsClient) -> None:
        self._client = client

    def describe(self) -> Organization:
        """Return the organization without any account. Raises ``SetupError``."""
        with said_clearly():
            answer = ask("organizations:DescribeOrganization", self._client.describe_organization)
            described = answer.part("Organization")
            return Organization(
                described.text("Id"),
                described.text("MasterAccountId"),
                feature_set=described.text_or("FeatureSet", ""),
            )

    def accounts(self, organization: Organization) -> Iterator[Account]:
        """Yield every account once, as soon as its place in the tree is known.

        Raises ``SetupError``: a listing that breaks off is a failed run, whatever it yielded before.
        """
        seen: set[str] = set()
        with said_clearly():
            for entry, parents in self._placed():
                account = account_of(entry, parents, organization.management_account_id)
                if account.id not in seen:
                    seen.add(account.id)
                    yield account
                if len(seen) > MOST_ACCOUNTS:
                    raise UnexpectedAnswer(f"organizations:ListAccounts gave more than {MOST_ACCOUNTS} accounts")

    def _placed(self) -> Iterator[tuple[Answer, Parents]]:
        """Yield each account with the way to it: early where AWS gives ``Paths``, the others at the end."""
        without_path: list[Answer] = []
        chain_of: Mapping[str, Parents] = {}
        for entry, chain_of in self._listed_while_walking():
            if path := path_of(entry):
                yield entry, chain_of.get(_nearest_unit(path), ())
            else:
                without_path.append(entry)
        parents = self._parents_by_account(chain_of.values()) if without_path else {}
        for entry in without_path:
            yield entry, parents.get(entry.text("Id"), ())

    def _listed_while_walking(self) -> Iterator[tuple[Answer, Mapping[str, Parents]]]:
        """Yield each account with the whole tree, which is walked while the first pages come.

        Never two calls of one operation at a time: Organizations was seen to refuse those.
        """
        with ThreadPoolExecutor(1, "tree") as pool:
            tree = pool.submit(lambda: {chain[-1].id: chain for chain in self._walk()})
            waiting: list[Answer] = []
            for entry in itertools.chain.from_iterable(ahead(self._account_pages())):
                waiting.append(entry)
                if tree.done():
                    yield from ((one, tree.result()) for one in waiting)
                    waiting.clear()
            yield from ((one, tree.result()) for one in waiting)

    def _account_pages(self) -> Iterator[list[Answer]]:
        """Yield the accounts of each page."""
        return pages(partial(ask, "organizations:ListAccounts", self._client.list_accounts), "Accounts")

    def _parents_by_account(self, chains: Iterable[Parents]) -> dict[str, Parents]:
        call, operation = "organizations:ListAccountsForParent", self._client.list_accounts_for_parent
        return {
            _account_id(entry): chain
            for chain in chains
            for entry in listed(call, operation, "Accounts", ParentId=chain[-1].id)
        }

    def _walk(self) -> Iterator[Parents]:
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


def _nearest_unit(path: str) -> str:
    """Return the last root or unit of a path such as ``o-…/r-…/ou-…/111122223333/``; empty where it names none."""
    return next((step for step in reversed(path.split("/")) if step.startswith(("r-", "ou-"))), "")
