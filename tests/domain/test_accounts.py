"""Accounts: their state, their place in the tree, and which of them are audited."""

from __future__ import annotations

import pytest

from regionproof.domain.accounts import Account, AccountState, in_scope, is_target
from regionproof.settings.shape import Scope
from tests.support.builders import PRODUCTION, ROOT, WORKLOADS, an_account

ALL = frozenset[str]()
SANDBOX = "ou-ab12-99999999"
ELSEWHERE_ID = "333333333333"


def test_the_path_reads_from_the_root_and_the_ids_from_the_nearest() -> None:
    """People read downwards, lists are looked up upwards."""
    account = an_account(parents=(ROOT, WORKLOADS, PRODUCTION))
    assert account.ou_path == "Root/Workloads/Production"
    assert account.parent_ids == (PRODUCTION.id, WORKLOADS.id, ROOT.id)


def test_an_account_of_unknown_place_has_an_empty_path() -> None:
    """It is not said to are in the root."""
    assert an_account(parents=()).ou_path == ""


@pytest.mark.parametrize(
    ("state", "is_open"),
    [
        ("ACTIVE", True),
        ("PENDING_ACTIVATION", False),
        ("SUSPENDED", False),
        ("PENDING_CLOSURE", False),
        ("CLOSED", False),
        ("UNKNOWN", True),
        ("HIBERNATING", True),
        ("", True),
        ("active", True),
    ],
)
def test_only_states_that_are_known_to_be_closed_are_left_out(state: str, is_open: bool) -> None:  # noqa: FBT001
    """A state that this version does not know is audited and reported, never skipped in silence."""
    assert an_account(state=state).is_active is is_open


def test_every_documented_state_is_covered() -> None:
    """Active is the only one that can be audited."""
    assert [state for state in AccountState if an_account(state=state).is_active] == [AccountState.ACTIVE]


@pytest.mark.parametrize(
    ("scope", "wanted"),
    [
        (Scope(), True),
        (Scope(organizational_units=(PRODUCTION.id,)), True),
        (Scope(organizational_units=(WORKLOADS.id,)), True),
        (Scope(organizational_units=(SANDBOX,)), False),
        (Scope(organizational_units=(SANDBOX, WORKLOADS.id)), True),
        (Scope(exclude_organizational_units=(WORKLOADS.id,)), False),
        (Scope(exclude_organizational_units=(SANDBOX,)), True),
        (Scope(organizational_units=(PRODUCTION.id,), exclude_organizational_units=(WORKLOADS.id,)), False),
        (Scope(exclude_accounts=(an_account().id,)), False),
        (Scope(organizational_units=(PRODUCTION.id,), exclude_accounts=(an_account().id,)), False),
        (Scope(exclude_accounts=(ELSEWHERE_ID,)), True),
    ],
)
def test_the_scope_reaches_down_the_tree_and_leaving_out_wins(scope: Scope, wanted: bool) -> None:  # noqa: FBT001
    """A unit means all accounts below it; what is left out stays out, also below a unit that is in."""
    assert in_scope(an_account(parents=(ROOT, WORKLOADS, PRODUCTION)), scope) is wanted


@pytest.mark.parametrize(
    ("scope", "wanted"),
    [
        (Scope(organizational_units=(SANDBOX,)), True),
        (Scope(exclude_organizational_units=(SANDBOX,)), True),
        (Scope(exclude_accounts=(an_account().id,)), False),
    ],
)
def test_an_account_of_unknown_place_is_audited(scope: Scope, wanted: bool) -> None:  # noqa: FBT001
    """Better one account too many than one at risk that no one looks at."""
    assert in_scope(an_account(parents=()), scope) is wanted


@pytest.mark.parametrize("state", list(AccountState))
def test_the_scope_does_not_depend_on_the_state(state: AccountState) -> None:
    """Counts of accounts in and out of scope tell the two apart."""
    assert in_scope(an_account(state=state), Scope())


@pytest.fixture
def mixed() -> tuple[Account, ...]:
    """Return an active, a suspended, a left-out and an account of unknown state."""
    return (
        an_account("111111111111"),
        an_account("222222222222", state="SUSPENDED"),
        an_account("333333333333"),
        an_account("444444444444", state="HIBERNATING"),
    )


def test_open_accounts_in_scope_are_audited(mixed: tuple[Account, ...]) -> None:
    """In the order in which they are listed."""
    scope = Scope(exclude_accounts=("333333333333",))
    chosen = [account for account in mixed if is_target(account, scope, ALL)]
    assert [account.id for account in chosen] == ["111111111111", "444444444444"]


def test_a_request_narrows_and_never_widens(mixed: tuple[Account, ...]) -> None:
    """Asking for a suspended or left-out account does not bring it in."""
    asked = frozenset({"111111111111", "222222222222", "333333333333"})
    scope = Scope(exclude_accounts=("333333333333",))
    chosen = [account for account in mixed if is_target(account, scope, asked)]
    assert [account.id for account in chosen] == ["111111111111"]
