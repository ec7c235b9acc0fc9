"""What Organizations answers about a small organization."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from regionproof.aws.organization import OrganizationLister
from tests.support.builders import PRODUCTION, ROOT, WORKLOADS
from tests.support.stubs import answer_with, http_answer, prepared

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

    from regionproof.domain.accounts import Organization
    from tests.support.stubs import PreparedAnswers

A, B, C, D = "111111111111", "222222222222", "333333333333", "444444444444"
ORGANIZATION = {"Organization": {"Id": "o-exampleorg", "MasterAccountId": A}}
ROOTS = {"Roots": [{"Id": ROOT.id, "Name": ROOT.name}]}
NO_UNITS: dict[str, Any] = {"OrganizationalUnits": []}


def an_entry(account_id: str, **more: Any) -> dict[str, Any]:
    """Return an open account as ListAccounts names it, here without its place."""
    return {"Id": account_id, "Name": f"name of {account_id}", "State": "ACTIVE", **more}


def a_path(*units: str, account: str = A) -> list[str]:
    """Return the place of an account, as ListAccounts gives it."""
    return ["/".join(("o-exampleorg", *units, account, ""))]


def some_units(*units: Any) -> dict[str, Any]:
    """Return organizational units as Organizations lists them."""
    return {"OrganizationalUnits": [{"Id": unit.id, "Name": unit.name} for unit in units]}


def answer_organization(stub: PreparedAnswers) -> None:
    """Prepare the answer of DescribeOrganization."""
    stub.add_response("describe_organization", ORGANIZATION, {})


def answer_accounts(stub: PreparedAnswers, *entries: dict[str, Any]) -> None:
    """Prepare one page with these accounts."""
    stub.add_response("list_accounts", {"Accounts": list(entries)}, {})


def listed(client: Any) -> Organization:
    """Return the organization with every account."""
    source = OrganizationLister(client)
    organization = source.describe()
    assert source.unit_ids() is None, "before the tree was walked"
    accounts = list(source.accounts(organization))
    return organization.with_accounts(accounts, source.unit_ids())


def answer_tree_of_three(stub: PreparedAnswers) -> None:
    """Root/Workloads/Production: one call for the roots, one for the units below each."""
    stub.add_response("list_roots", ROOTS, {})
    stub.add_response("list_organizational_units_for_parent", some_units(WORKLOADS), {"ParentId": ROOT.id})
    stub.add_response("list_organizational_units_for_parent", some_units(PRODUCTION), {"ParentId": WORKLOADS.id})
    stub.add_response("list_organizational_units_for_parent", NO_UNITS, {"ParentId": PRODUCTION.id})


def listed_with_paths(*entries: dict[str, Any]) -> Organization:
    """Return an organization of Root/Workloads/Production whose accounts carry their paths."""
    with prepared("organizations") as (client, stub):
        answer_organization(stub)
        answer_tree_of_three(stub)
        answer_accounts(stub, *entries)
        return listed(client)


def answer_by_operation(client: Any, answer: Callable[[str, dict[str, Any]], dict[str, Any] | AWSResponse]) -> None:
    """Let a client take the JSON, or the whole answer, that ``answer`` gives to an operation and its parameters."""

    def respond(request: AWSPreparedRequest) -> AWSResponse:
        target: Any = request.headers["X-Amz-Target"]
        body: Any = request.body
        name = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        given = answer(name, json.loads(body))
        return http_answer(200, json.dumps(given), "application/x-amz-json-1.1") if isinstance(given, dict) else given

    answer_with(client, respond)


def in_the_root(account_id: str) -> dict[str, Any]:
    """Return an account in the root, as ListAccounts names it."""
    return an_entry(account_id, Paths=a_path(ROOT.id, account=account_id))
