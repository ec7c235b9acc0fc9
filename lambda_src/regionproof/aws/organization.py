"""Discover: the organization with every account, page by page, and its tree, walked once.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from regionproof.domain.accounts import UNKNOWN_STATE, Account, Organization, OrganizationalUnit
from regionproof.errors import SetupError

from .failures import said_clearly
from .pages_ahead import ahead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_organizations import OrganizationsClient

    Item = Mapping[str, Any]
    Parents = tuple[OrganizationalUnit, ...]

ACTIONS = (
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListRoots",
)
"""What a listing needs, in an identity policy of the management account or of a delegated administrator."""


class ListedOrganization:
    """The organization of the caller, as Organizations lists it."""

    def __init__(self, client: OrganizationsClient) -> None:
        self._client = client

    def describe(self) -> Organization:
        """Return the organization without any account. Raises ``SetupError``."""
        with said_clearly():
            described = _part_of(self._client.describe_organization(), "Organization", "describe_organization")
        return Organization(described["Id"], described["MasterAccountId"])

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

    def _placed(self) -> Iterator[tuple[Item, Parents]]:
        """Yield each account with the way to it: early where AWS gives ``Paths``, the others at the end."""
        without_path: list[Item] = []
        chain_of: Mapping[str, Parents] = {}
        for entry, chain_of in self._listed_while_walking():
            if entry.get("Paths"):
                yield entry, chain_of.get(_nearest_unit(entry["Paths"][0]), ())
            else:
                without_path.append(entry)
        parents = self._parents_by_account(chain_of.values()) if without_path else {}
        for entry in without_path:
            yield entry, parents.get(entry["Id"], ())

    def _listed_while_walking(self) -> Iterator[tuple[Item, Mapping[str, Parents]]]:
        """Yield each account with the whole tree, which is walked while the first pages come.

        Never two calls of one operation at a time: Organizations was seen to refuse those.
        """
        with ThreadPoolExecutor(1, "tree") as pool:
            tree = pool.submit(lambda: {chain[-1].id: chain for chain in self._walk()})
            waiting: list[Item] = []
            for entry in itertools.chain.from_iterable(ahead(self._pages("list_accounts", "Accounts"))):
                waiting.append(entry)
                if tree.done():
                    yield from ((one, tree.result()) for one in waiting)
                    waiting.clear()
            yield from ((one, tree.result()) for one in waiting)

    def _parents_by_account(self, chains: Iterable[Parents]) -> dict[str, Parents]:
        return {
            entry["Id"]: chain
            for chain in chains
            for entry in self._items("list_accounts_for_parent", "Accounts", ParentId=chain[-1].id)
        }

    def _walk(self) -> Iterator[Parents]:
        """Yield the way to every root and organizational unit: one call a unit, none an account."""
        pending: list[Parents] = [
            (OrganizationalUnit(root["Id"], root["Name"]),) for root in self._items("list_roots", "Roots")
        ]
        while pending:
            chain = pending.pop()
            yield chain
            children = self._items("list_organizational_units_for_parent", "OrganizationalUnits", ParentId=chain[-1].id)
            pending.extend((*chain, OrganizationalUnit(child["Id"], child["Name"])) for child in children)

    def _items(self, operation: Any, key: str, **arguments: str) -> Iterator[Item]:
        return itertools.chain.from_iterable(self._pages(operation, key, **arguments))

    def _pages(self, operation: Any, key: str, **arguments: str) -> Iterator[list[Item]]:
        """Yield the items of each page; an empty page with a next token is no end."""
        for page in self._client.get_paginator(operation).paginate(**arguments):
            yield _part_of(page, key, operation)


def _part_of(answer: Mapping[str, Any], key: str, operation: str) -> Any:
    if key not in answer:
        raise SetupError(f"Organizations answered {operation} without {key}; is there a proxy in between?")
    return answer[key]


def account_of(entry: Item, parents: Parents, management_account_id: str) -> Account:
    """Return an account from an item of ListAccounts and the way to it."""
    # `Status` was to retire on 2026-09-09 in favour of `State`.
    state = entry.get("State") or entry.get("Status") or UNKNOWN_STATE
    return Account(
        id=entry["Id"],
        name=entry.get("Name", ""),
        state=state,
        parents=parents,
        is_management=entry["Id"] == management_account_id,
    )


def _nearest_unit(path: str) -> str:
    """Return the last root or unit of a path such as ``o-…/r-…/ou-…/111122223333/``; empty where it names none."""
    return next((step for step in reversed(path.split("/")) if step.startswith(("r-", "ou-"))), "")
