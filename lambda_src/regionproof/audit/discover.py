"""List the organization, and hand on the accounts to audit as early as it is certain that they are wanted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from regionproof.domain.accounts import is_target, needs_places

if TYPE_CHECKING:
    from collections.abc import Callable

    from regionproof.domain.accounts import Account, Organization
    from regionproof.domain.ports import OrganizationSource
    from regionproof.settings.shape import Scope


@dataclass(frozen=True, slots=True)
class Selection:
    """Which accounts to audit: those in the scope that are open and, if ``only`` names any, one of those."""

    scope: Scope
    only: frozenset[str]

    def has(self, account: Account) -> bool:
        """Return whether an account is audited."""
        return is_target(account, self.scope, self.only)


def listed(
    source: OrganizationSource, organization: Organization, selection: Selection, wanted: Callable[[Account], None]
) -> list[Account]:
    """Return every account of the organization. ``wanted`` gets each selected one once, as early as possible.

    That is before its place is known, unless the place decides about it. If the path of an account and the tree
    contradict each other, ``wanted`` may get one that is not selected by its final place. Raises as the source does.
    """
    handing_on = _HandingOn(selection, wanted)
    accounts: list[Account] = []
    for account in source.accounts(organization, handing_on.seen):
        accounts.append(account)
        handing_on.placed(account)
    return accounts


@dataclass(frozen=True, slots=True)
class _HandingOn:
    """Hands on each account once."""

    selection: Selection
    wanted: Callable[[Account], None]
    ids: set[str] = field(default_factory=set)

    def seen(self, account: Account) -> None:
        """Take an account that was listed, maybe without its place."""
        if account.parents or not needs_places(self.selection.scope):
            self.placed(account)

    def placed(self, account: Account) -> None:
        """Take an account whose place does not matter, or is known as well as it will be."""
        if account.id not in self.ids and self.selection.has(account):
            self.ids.add(account.id)
            self.wanted(account)
