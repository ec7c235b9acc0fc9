"""The listing hands on accounts before their place is known, and asks for nothing twice."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from regionproof.aws.organization import OrganizationLister
from regionproof.domain.accounts import Organization, OrganizationalUnit
from regionproof.errors import SetupError
from tests.support.builders import ROOT
from tests.support.stubs import a_client, http_answer

from .organization_world import (
    NO_UNITS,
    ORGANIZATION,
    ROOTS,
    A,
    B,
    an_entry,
    answer_by_operation,
    in_the_root,
    some_units,
)

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse

    from regionproof.domain.accounts import Account

OF_A = Organization("o-exampleorg", A)


def test_an_account_is_seen_before_the_tree_is_walked() -> None:
    """With the ids of its parents. To read it no one needs their names."""
    client = a_client("organizations")
    seen_one = threading.Event()
    seen: list[Account] = []

    def answer(operation: str, _asked: dict[str, Any]) -> dict[str, Any]:
        if operation == "ListRoots":
            assert seen_one.wait(timeout=10)
        return {**ROOTS, **NO_UNITS, "Accounts": [in_the_root(A)]}

    def note(account: Account) -> None:
        seen.append(account)
        seen_one.set()

    answer_by_operation(client, answer)
    (placed,) = OrganizationLister(client).accounts(OF_A, note)
    assert [account.parents for account in seen] == [(OrganizationalUnit(ROOT.id, ""),)]
    assert placed.parents == (ROOT,)


def test_without_paths_the_places_are_asked_for_while_accounts_are_still_listed() -> None:
    """Each account is seen at once. Here the last page comes only after the places were asked for."""
    client = a_client("organizations")
    asked_for_places = threading.Event()
    seen: list[str] = []

    def answer(operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if operation == "ListAccountsForParent":
            assert seen[0] == A
            asked_for_places.set()
            return {"Accounts": [an_entry(A), an_entry(B)]}
        if operation != "ListAccounts":
            return {**ROOTS, **NO_UNITS}
        if "NextToken" not in asked:
            return {"Accounts": [an_entry(A)], "NextToken": "2"}
        assert asked_for_places.wait(timeout=10)
        return {"Accounts": [an_entry(B)]}

    answer_by_operation(client, answer)
    placed = list(OrganizationLister(client).accounts(OF_A, lambda account: seen.append(account.id)))
    assert seen == [A, B]
    assert [(account.id, account.ou_path) for account in placed] == [(A, "Root"), (B, "Root")]


def test_a_listing_that_breaks_off_asks_for_no_more_places() -> None:
    """A failed run does not wait for a large tree."""
    client = a_client("organizations")
    units = [OrganizationalUnit(f"ou-ab12-{number:08}", str(number)) for number in range(20)]
    walked: list[str] = []
    broke_off = threading.Event()

    def answer(operation: str, asked: dict[str, Any]) -> dict[str, Any] | AWSResponse:
        if operation == "ListAccounts":
            broke_off.set()
            return http_answer(400, '{"__type": "AccessDeniedException"}', "application/x-amz-json-1.1")
        assert broke_off.wait(timeout=10)
        walked.append(asked.get("ParentId", ""))
        time.sleep(0.05)
        return {**ROOTS, **(some_units(*units) if walked[-1] == ROOT.id else NO_UNITS)}

    answer_by_operation(client, answer)
    with pytest.raises(SetupError):
        list(OrganizationLister(client).accounts(OF_A))
    assert len(walked) < len(units)


def test_what_the_first_step_of_a_run_saw_is_not_asked_for_again() -> None:
    """The organization and the first page of its accounts; a second listing begins again."""
    client = a_client("organizations")
    asked_for: list[str] = []

    def answer(operation: str, _asked: dict[str, Any]) -> dict[str, Any]:
        asked_for.append(operation)
        return {**ORGANIZATION, **ROOTS, **NO_UNITS, "Accounts": [in_the_root(A)]}

    answer_by_operation(client, answer)
    source = OrganizationLister(client)
    assert source.look() == OF_A
    assert [entry.text("Id") for entry in source.first_page()] == [A]
    for times in (1, 2):
        assert source.describe() == OF_A
        assert [account.id for account in source.accounts(OF_A)] == [A]
        assert (asked_for.count("DescribeOrganization"), asked_for.count("ListAccounts")) == (times, times)


def test_a_new_look_forgets_what_an_earlier_one_kept() -> None:
    """Its run failed. The next one does not take up its first page."""
    client = a_client("organizations")
    members = iter([A, B])
    answer_by_operation(
        client,
        lambda operation, _asked: {
            **ORGANIZATION,
            **ROOTS,
            **NO_UNITS,
            **({"Accounts": [in_the_root(next(members))]} if operation == "ListAccounts" else {}),
        },
    )
    source = OrganizationLister(client)
    source.look()
    source.first_page()
    source.look()
    assert [account.id for account in source.accounts(OF_A)] == [B]
