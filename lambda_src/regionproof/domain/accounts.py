"""Accounts of an organization, where they are in its tree, and which of them are audited."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regionproof.settings.shape import Scope


class AccountState(StrEnum):
    """The states of an account that AWS documents.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html
    """

    PENDING_ACTIVATION = "PENDING_ACTIVATION"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    PENDING_CLOSURE = "PENDING_CLOSURE"
    CLOSED = "CLOSED"


ACCOUNT_ID = re.compile(r"[0-9]{12}")
"""What AWS calls an account: 12 digits."""

UNKNOWN_STATE = "UNKNOWN"
"""Stands where an answer names no state at all."""

_NOT_AUDITED = frozenset(AccountState) - {AccountState.ACTIVE}


@dataclass(frozen=True, slots=True)
class OrganizationalUnit:
    """One step of the way from the root to an account. The name is untrusted text."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Account:
    """One account as Organizations lists it.

    ``name`` is untrusted text. ``state`` is AWS's word, one of ``AccountState`` or a newer one.
    ``parents`` leads from the root to the nearest organizational unit; it is empty where the tree did not
    show the account.
    """

    id: str
    name: str
    state: str
    parents: tuple[OrganizationalUnit, ...] = ()
    is_management: bool = False

    @property
    def ou_path(self) -> str:
        """Return the names of the parents, root first: ``Root/Workloads/Production``."""
        return "/".join(unit.name for unit in self.parents)

    @property
    def parent_ids(self) -> tuple[str, ...]:
        """Return the ids of the parents, nearest first."""
        return tuple(unit.id for unit in reversed(self.parents))

    @property
    def state_is_known(self) -> bool:
        """Return whether the state is one that AWS documented when this was written."""
        return self.state in set(AccountState)

    @property
    def is_active(self) -> bool:
        """Return whether the account can be audited.

        An unknown state counts as open: such an account is audited and reported, never skipped in silence.
        """
        return self.state not in _NOT_AUDITED


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization and all its accounts, the management account included, in the order of their ids.

    ``unit_ids`` are those of all roots and organizational units, at least those above its accounts; None: the tree was
    not walked.
    ``feature_set`` is AWS's word, ``ALL`` or ``CONSOLIDATED_BILLING``; empty if it is not known.
    """

    id: str
    management_account_id: str
    accounts: tuple[Account, ...] = ()
    unit_ids: frozenset[str] | None = None
    feature_set: str = ""

    def with_accounts(self, accounts: Iterable[Account], unit_ids: frozenset[str] | None = None) -> Organization:
        """Return the organization with these accounts, and with its roots and units if they are known."""
        in_order = tuple(sorted(accounts, key=lambda account: account.id))
        return replace(self, accounts=in_order, unit_ids=unit_ids)


def in_scope(account: Account, scope: Scope) -> bool:
    """Return whether the settings want this account audited, whatever its state.

    An account whose place in the tree is unknown is in scope, unless it is left out by its own id.
    """
    if account.id in scope.exclude_accounts:
        return False
    if not account.parents:
        return True
    parents = set(account.parent_ids)
    if parents.intersection(scope.exclude_organizational_units):
        return False
    return not scope.organizational_units or bool(parents.intersection(scope.organizational_units))


def needs_places(scope: Scope) -> bool:
    """Return whether an account's place in the tree decides if it is in scope."""
    return bool(scope.organizational_units or scope.exclude_organizational_units)


def is_target(account: Account, scope: Scope, only: frozenset[str]) -> bool:
    """Return whether an account is open, in scope and, where ``only`` names any, one of those."""
    return account.is_active and in_scope(account, scope) and (not only or account.id in only)
