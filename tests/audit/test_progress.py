"""How far the listing of the organization is, while it is under way."""

from __future__ import annotations

from regionproof.aws.organization import OrganizationLister
from regionproof.domain.accounts import Organization
from tests.aws.organization_world import A, B, C, an_entry, answer_tree_of_three
from tests.support.builders import PRODUCTION, ROOT, WORKLOADS
from tests.support.stubs import prepared

OF_A = Organization("o-exampleorg", A)


def test_every_page_is_counted_as_it_comes() -> None:
    """For the progress of a run: without paths no account has its place before the tree was walked."""
    counts: list[int] = []
    with prepared("organizations") as (client, stub):
        answer_tree_of_three(stub)
        stub.add_response("list_accounts", {"Accounts": [an_entry(A), an_entry(B)], "NextToken": "2"}, {})
        stub.add_response("list_accounts", {"Accounts": [an_entry(C)]}, {"NextToken": "2"})
        for unit in (ROOT, WORKLOADS, PRODUCTION):
            stub.add_response("list_accounts_for_parent", {"Accounts": []}, {"ParentId": unit.id})
        assert len(list(OrganizationLister(client, counts.append).accounts(OF_A))) == 3
    assert counts == [2, 1]
