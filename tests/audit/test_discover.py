"""Accounts are handed on to be read as early as it is certain that they are wanted, and once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regionproof.audit.discover import Selection, listed
from regionproof.domain.accounts import OrganizationalUnit
from regionproof.settings.shape import Scope
from tests.support.builders import MANAGEMENT_ACCOUNT_ID, PRODUCTION, ROOT, WORKLOADS, an_account, an_organization
from tests.support.fakes import FakeOrganizationSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regionproof.domain.accounts import Account

A, B = an_account("222222222222"), an_account("333333333333")
EVERYONE = Scope()
WITHIN_WORKLOADS = Scope(organizational_units=(WORKLOADS.id,))
WITHOUT_PRODUCTION = Scope(exclude_organizational_units=(PRODUCTION.id,))


def _elsewhere(account: Account) -> Account:
    return replace(account, parents=(ROOT,))


def _without_place(account: Account) -> Account:
    return replace(account, parents=())


def _without_names(account: Account) -> Account:
    return replace(account, parents=tuple(OrganizationalUnit(unit.id, "") for unit in account.parents))


def _handed_on(
    scope: Scope, *accounts: Account, first_seen_as: Iterable[Account] = (), only: Iterable[str] = ()
) -> list[Account]:
    """Return what was handed on, the management account aside, in order."""
    organization = an_organization(*accounts)
    source = FakeOrganizationSource(organization, first_seen_as={account.id: account for account in first_seen_as})
    found: list[Account] = []
    every = listed(source, replace(organization, accounts=()), Selection(scope, frozenset(only)), found.append)
    assert every == list(organization.accounts)
    return [account for account in found if account.id != MANAGEMENT_ACCOUNT_ID]


def test_an_account_is_handed_on_before_its_place_is_known_if_no_place_decides() -> None:
    """The scope names no unit."""
    assert _handed_on(EVERYONE, A, B, first_seen_as=[_without_place(A)]) == [_without_place(A), B]


def test_the_ids_of_a_path_are_enough_to_decide() -> None:
    """The names of the units, which take a walk through the tree, are not waited for."""
    assert _handed_on(WITHIN_WORKLOADS, A, first_seen_as=[_without_names(A)]) == [_without_names(A)]
    assert _handed_on(WITHOUT_PRODUCTION, A, first_seen_as=[_without_names(A)]) == []


@pytest.mark.parametrize(("scope", "found"), [(WITHIN_WORKLOADS, [A]), (WITHOUT_PRODUCTION, [])])
def test_an_account_waits_for_its_place_if_the_scope_names_units(scope: Scope, found: list[Account]) -> None:
    """An account outside of the scope is not entered."""
    assert _handed_on(scope, A, first_seen_as=[_without_place(A)]) == found


def test_an_account_that_the_tree_shows_in_scope_is_handed_on_although_its_path_says_otherwise() -> None:
    """It was moved between the two calls. No account of the plan may be left unread."""
    assert _handed_on(WITHIN_WORKLOADS, A, first_seen_as=[_elsewhere(A)]) == [A]


def test_only_the_accounts_that_were_asked_for_are_handed_on() -> None:
    """And none that is closed."""
    closed = an_account("444444444444", state="SUSPENDED")
    assert _handed_on(EVERYONE, A, B, closed, only=[B.id, closed.id]) == [B]
