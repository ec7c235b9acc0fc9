"""Discover: the organization with every account, page by page, and its tree, walked once.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regionproof.domain.accounts import UNKNOWN_STATE, Account, Organization, OrganizationalUnit
from regionproof.errors import SetupError

from .failures import said_clearly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_organizations import OrganizationsClient

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

    def read(self) -> Organization:
        """Return the organization. Raises ``SetupError``: a listing that breaks off is a failed run."""
        with said_clearly():
            return self._read()

    def _read(self) -> Organization:
        described = _part_of(self._client.describe_organization(), "Organization", "describe_organization")
        listed = list(self._items("list_accounts", "Accounts"))
        parents = self._parents_by_account(listed)
        accounts = (_account(entry, parents.get(entry["Id"], ())) for entry in listed)
        return Organization(
            id=described["Id"],
            management_account_id=described["MasterAccountId"],
            accounts=tuple(sorted(accounts, key=lambda account: account.id)),
        )

    def _parents_by_account(self, listed: list[Mapping[str, Any]]) -> dict[str, Parents]:
        """Return the way from the root to each account; from ``Paths`` where AWS gives it."""
        units = list(self._walk())
        if listed and all(entry.get("Paths") for entry in listed):
            chain_of = {chain[-1].id: chain for chain in units}
            return {entry["Id"]: chain_of.get(_nearest_unit(entry["Paths"][0]), ()) for entry in listed}
        return {
            entry["Id"]: chain
            for chain in units
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

    def _items(self, operation: Any, key: str, **arguments: str) -> Iterable[Mapping[str, Any]]:
        """Yield the items of every page; an empty page with a next token is no end."""
        for page in self._client.get_paginator(operation).paginate(**arguments):
            yield from _part_of(page, key, operation)


def _part_of(answer: Mapping[str, Any], key: str, operation: str) -> Any:
    if key not in answer:
        raise SetupError(f"Organizations answered {operation} without {key}; is there a proxy in between?")
    return answer[key]


def _account(entry: Mapping[str, Any], parents: Parents) -> Account:
    # `Status` was to retire on 2026-09-09 in favour of `State`.
    state = entry.get("State") or entry.get("Status") or UNKNOWN_STATE
    return Account(id=entry["Id"], name=entry.get("Name", ""), state=state, parents=parents)


def _nearest_unit(path: str) -> str:
    """Return the last root or unit of a path such as ``o-…/r-…/ou-…/111122223333/``; empty where it names none."""
    return next((step for step in reversed(path.split("/")) if step.startswith(("r-", "ou-"))), "")
