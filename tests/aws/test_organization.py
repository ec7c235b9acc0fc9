"""The listing of the organization: every page, the tree once, and never a shorter organization."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.stub import ANY

from regionproof.aws.organization import ACTIONS, OrganizationLister
from regionproof.domain.accounts import Organization, OrganizationalUnit
from regionproof.errors import SetupError
from tests.support.builders import PRODUCTION, ROOT, WORKLOADS
from tests.support.stubs import a_client, answer_with, http_answer, prepared

from .organization_world import (
    NO_UNITS,
    ROOTS,
    A,
    B,
    C,
    D,
    a_path,
    an_entry,
    answer_accounts,
    answer_by_operation,
    answer_organization,
    answer_tree_of_three,
    in_the_root,
    listed,
    listed_with_paths,
    some_units,
)

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse

    from regionproof.domain.accounts import Account
    from tests.support.stubs import PreparedAnswers

OF_A = Organization("o-exampleorg", A)


def _read(*entries: dict[str, Any]) -> dict[str, Account]:
    """Read an organization whose accounts carry their paths."""
    return {account.id: account for account in listed_with_paths(*entries).accounts}


def test_paths_place_the_accounts_without_a_call_for_any_of_them() -> None:
    """The tree is walked once for the names; ``ListAccountsForParent`` is never called."""
    read = _read(
        an_entry(B, Paths=a_path(ROOT.id, WORKLOADS.id, PRODUCTION.id, account=B)),
        an_entry(A, Paths=a_path(ROOT.id)),
    )
    assert read[A].parents == (ROOT,)
    assert read[B].parents == (ROOT, WORKLOADS, PRODUCTION)


@pytest.mark.parametrize(
    "path", [["o-exampleorg/r-zz99/ou-zz99-12345678/111111111111/"], ["o-exampleorg/111111111111/"], ["nonsense"]]
)
def test_a_path_that_the_tree_does_not_show_is_an_unknown_place(path: list[str]) -> None:
    """The account is listed all the same, and the units on it are there."""
    read, named = listed_with_paths(an_entry(A, Paths=path)), {"r-zz99", "ou-zz99-12345678"}
    assert read.accounts[0].parents == ()
    assert named.intersection(path[0].split("/")) <= (read.unit_ids or set())


def test_without_paths_the_tree_tells_the_places() -> None:
    """One more call a unit, none an account; all pages of each."""
    with prepared("organizations") as (client, stub):
        answer_organization(stub)
        answer_tree_of_three(stub)
        answer_accounts(stub, an_entry(A), an_entry(B), an_entry(C), an_entry(D))
        _accounts_below(stub, ROOT.id, A)
        stub.add_response(
            "list_accounts_for_parent", {"Accounts": [an_entry(B)], "NextToken": "2"}, {"ParentId": WORKLOADS.id}
        )
        _accounts_below(stub, WORKLOADS.id, C, NextToken="2")
        _accounts_below(stub, PRODUCTION.id)
        organization = listed(client)
    places = {account.id: account.ou_path for account in organization.accounts}
    assert places == {A: "Root", B: "Root/Workloads", C: "Root/Workloads", D: ""}


def test_every_unit_of_every_level_is_walked() -> None:
    """Units beside each other and on a second page are not missed."""
    sandbox, security = (
        OrganizationalUnit("ou-ab12-33333333", "Sandbox"),
        OrganizationalUnit("ou-ab12-4444", "Security"),
    )
    with prepared("organizations") as (client, stub):
        units = [sandbox, WORKLOADS, security]
        places = zip((B, C, D), units, strict=True)
        answer_organization(stub)
        stub.add_response("list_roots", ROOTS, {})
        first = {**some_units(sandbox, WORKLOADS), "NextToken": "2"}
        stub.add_response("list_organizational_units_for_parent", first, {"ParentId": ROOT.id})
        stub.add_response(
            "list_organizational_units_for_parent", some_units(security), {"ParentId": ROOT.id, "NextToken": "2"}
        )
        for _unit in units:
            stub.add_response("list_organizational_units_for_parent", NO_UNITS, {"ParentId": ANY})
        answer_accounts(stub, *(an_entry(one, Paths=a_path(ROOT.id, unit.id, account=one)) for one, unit in places))
        organization = listed(client)
    assert [account.ou_path for account in organization.accounts] == ["Root/Sandbox", "Root/Workloads", "Root/Security"]
    assert organization.unit_ids == frozenset((ROOT.id, *(unit.id for unit in units)))


def _accounts_below(stub: PreparedAnswers, parent: str, *account_ids: str, **page: str) -> None:
    answer = {"Accounts": [an_entry(account_id) for account_id in account_ids]}
    stub.add_response("list_accounts_for_parent", answer, {"ParentId": parent, **page})


def test_one_account_without_a_path_has_the_tree_asked() -> None:
    """Half of the places would be worse than one more round of calls."""
    with prepared("organizations") as (client, stub):
        answer_organization(stub)
        stub.add_response("list_roots", ROOTS, {})
        stub.add_response("list_organizational_units_for_parent", NO_UNITS, {"ParentId": ROOT.id})
        answer_accounts(stub, an_entry(A, Paths=a_path(ROOT.id)), an_entry(B, Paths=[]))
        _accounts_below(stub, ROOT.id, A, B)
        organization = listed(client)
    assert [account.parents for account in organization.accounts] == [(ROOT,), (ROOT,)]


def test_every_page_of_accounts_is_read() -> None:
    """An empty page with a next token is not an end; the accounts come in the order of their ids."""
    with prepared("organizations") as (client, stub):
        answer_organization(stub)
        answer_tree_of_three(stub)
        stub.add_response("list_accounts", {"Accounts": [an_entry(C, Paths=a_path(ROOT.id))], "NextToken": "2"}, {})
        stub.add_response("list_accounts", {"Accounts": [], "NextToken": "3"}, {"NextToken": "2"})
        stub.add_response("list_accounts", {"Accounts": [an_entry(A, Paths=a_path(ROOT.id))]}, {"NextToken": "3"})
        organization = listed(client)
    assert [account.id for account in organization.accounts] == [A, C]
    assert (organization.id, organization.management_account_id) == ("o-exampleorg", A)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"State": "ACTIVE", "Status": "SUSPENDED"}, "ACTIVE"),
        ({"State": "PENDING_ACTIVATION"}, "PENDING_ACTIVATION"),
        ({"State": None, "Status": "SUSPENDED"}, "SUSPENDED"),
        ({"State": None, "Status": "PENDING_CLOSURE"}, "PENDING_CLOSURE"),
        ({"State": "HIBERNATING"}, "HIBERNATING"),
        ({"State": None}, "UNKNOWN"),
    ],
)
def test_the_state_is_read_and_the_older_status_stands_in(said: dict[str, str | None], state: str) -> None:
    """Where neither is given the state is unknown, which is audited and never skipped."""
    given = {key: value for key, value in {**an_entry(A, Paths=a_path(ROOT.id)), **said}.items() if value is not None}
    assert _read(given)[A].state == state


def test_an_account_without_a_name_is_listed() -> None:
    """The model of the answer requires none."""
    entry = an_entry(A, Paths=a_path(ROOT.id))
    del entry["Name"]
    assert _read(entry)[A].name == ""


@pytest.mark.parametrize("broken", ["list_accounts", "list_roots", "list_organizational_units_for_parent"])
def test_a_listing_that_breaks_off_is_a_failed_run(broken: str) -> None:
    """Never a shorter organization, wherever it breaks."""
    with prepared("organizations") as (client, stub):
        answer_organization(stub)
        if broken == "list_accounts":
            answer_tree_of_three(stub)
            stub.add_response("list_accounts", {"Accounts": [an_entry(A)], "NextToken": "2"}, {})
        else:
            answer_accounts(stub, an_entry(A, Paths=a_path(ROOT.id)))
        if broken == "list_organizational_units_for_parent":
            stub.add_response("list_roots", ROOTS, {})
        stub.add_client_error(broken, "TooManyRequestsException", "AWS Organizations can't complete your request")
        with pytest.raises(SetupError, match="failed with TooManyRequestsException"):
            listed(client)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AWSOrganizationsNotInUseException", "this account is in no AWS Organization"),
        ("AccessDeniedException", "neither the management account nor a delegated administrator"),
    ],
)
def test_a_refusal_says_what_to_do(code: str, said: str) -> None:
    """In one sentence."""
    with prepared("organizations") as (client, stub):
        stub.add_client_error("describe_organization", code, "You don't have permissions to access this resource.")
        with pytest.raises(SetupError, match=said):
            listed(client)


@pytest.mark.parametrize("body", ["<html>Sign in to the network</html>", "{}"])
def test_an_answer_that_is_no_list_is_a_failed_run(body: str) -> None:
    """A proxy's page in AWS's place is not an organization without accounts."""
    client = a_client("organizations")
    described = '{"Organization": {"Id": "o-exampleorg", "MasterAccountId": "111111111111"}}'
    tree = '{"Roots": []}'
    answers = iter([http_answer(200, good, "application/x-amz-json-1.1") for good in (described, tree)])
    answer_with(client, lambda _request: next(answers, http_answer(200, body)))
    with pytest.raises(SetupError, match="ListAccounts was answered without Accounts"):
        listed(client)


def test_the_actions_exist() -> None:
    """The function's policy is made of them; each only reads."""
    model: Any = botocore.session.get_session().get_service_model("organizations")
    operations = [action.removeprefix("organizations:") for action in ACTIONS]
    assert set(operations) <= set(model.operation_names)
    assert all(operation.startswith(("Describe", "List")) for operation in operations)


def test_an_account_that_two_pages_name_is_there_once() -> None:
    """It would be read and counted twice."""
    twice = an_entry(A, Paths=a_path(ROOT.id))
    with prepared("organizations") as (client, stub):
        answer_organization(stub)
        answer_tree_of_three(stub)
        answer_accounts(stub, twice, twice)
        assert [account.id for account in listed(client).accounts] == [A]


def test_the_management_account_is_known_as_such() -> None:
    """No root session and no StackSet reaches it."""
    read = _read(an_entry(A, Paths=a_path(ROOT.id)), an_entry(B, Paths=a_path(ROOT.id, account=B)))
    assert {account.id: account.is_management for account in read.values()} == {A: True, B: False}


def test_accounts_come_page_by_page() -> None:
    """Reading them begins before the last page is there; here the listing breaks off only after the first came."""
    client = a_client("organizations")
    one_came = threading.Event()

    def answer(operation: str, asked: dict[str, Any]) -> dict[str, Any] | AWSResponse:
        if operation != "ListAccounts":
            return {**ROOTS, **NO_UNITS}
        if one_came.is_set():
            return http_answer(400, '{"__type": "TooManyRequestsException"}', "application/x-amz-json-1.1")
        number = int(asked.get("NextToken", 1))
        return {"Accounts": [in_the_root(f"{number:012}")], "NextToken": str(number + 1)}

    answer_by_operation(client, answer)
    accounts = OrganizationLister(client).accounts(OF_A)
    assert next(accounts).id == f"{1:012}"
    one_came.set()
    with pytest.raises(SetupError, match="failed with TooManyRequestsException"):
        list(accounts)


def test_no_account_comes_before_its_place_is_known() -> None:
    """The tree is walked meanwhile, however long that takes."""
    client = a_client("organizations")
    listed_all = threading.Event()
    pages = {**ROOTS, **NO_UNITS, "Accounts": [in_the_root(A)]}

    def answer(operation: str, _asked: dict[str, Any]) -> dict[str, Any]:
        if operation == "ListAccounts":
            listed_all.set()
        elif operation == "ListRoots":
            assert listed_all.wait(timeout=10)
        return pages

    answer_by_operation(client, answer)
    (account,) = OrganizationLister(client).accounts(OF_A)
    assert account.parents == (ROOT,)


def test_the_next_page_is_asked_for_while_the_accounts_of_one_are_handed_on() -> None:
    """One after the other. Here they have no end, and no one takes more than the first account."""
    client = a_client("organizations")
    asked_for: list[int] = []
    second_asked = threading.Event()
    one_at_a_time = threading.Lock()

    def answer(operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if operation != "ListAccounts":
            return {**ROOTS, **NO_UNITS}
        assert one_at_a_time.acquire(blocking=False)
        asked_for.append(number := int(asked.get("NextToken", 1)))
        if number > 1:
            second_asked.set()
        one_at_a_time.release()
        return {"Accounts": [in_the_root(f"{number:012}")], "NextToken": str(number + 1)}

    answer_by_operation(client, answer)
    accounts: Any = OrganizationLister(client).accounts(OF_A)
    assert next(accounts).id == f"{1:012}"
    assert second_asked.wait(timeout=10)
    accounts.close()
    assert asked_for == list(range(1, len(asked_for) + 1))
