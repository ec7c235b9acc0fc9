"""Organizations: the tree of the sample, paging, and the rights of callers."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.process import ORGANIZATION, LocalAws
from emulator.sample import read_sample
from emulator.services.organizations.delegated_administrator import delegate
from tests.emulator.identities import AUDIT, MANAGEMENT, MEMBER, Identity, refused

pytestmark = pytest.mark.network

SAMPLE = read_sample(ORGANIZATION)


def all_of(client: Any, operation: str, key: str, **parameters: str) -> list[dict[str, Any]]:
    """Return the items of all pages of a listing."""
    pages = client.get_paginator(operation).paginate(**parameters)
    return [item for page in pages for item in page[key]]


def test_every_account_of_the_sample_is_listed_with_its_state(management: Identity) -> None:
    """Even hostile names arrive unchanged."""
    listed = all_of(management.client("organizations"), "list_accounts", "Accounts")

    assert {(account["Id"], account["Name"], account["State"]) for account in listed} == {
        (account.id, account.name, account.state) for account in SAMPLE.accounts
    }


def test_an_empty_page_is_not_always_the_last(management: Identity) -> None:
    """A client that stops at an empty page misses accounts."""
    pages = management.client("organizations").get_paginator("list_accounts").paginate()

    assert [len(page["Accounts"]) for page in pages] == [20, 0, 4]


def test_a_page_holds_20_accounts_at_most(management: Identity) -> None:
    """A larger MaxResults is refused."""
    denied = refused(management.client("organizations"), "list_accounts", MaxResults=21)

    assert denied.code == "InvalidInputException"


def test_a_token_of_another_listing_is_refused(management: Identity) -> None:
    """Tokens are opaque and valid only for their own listing."""
    organizations = management.client("organizations")
    token = organizations.list_accounts(MaxResults=1)["NextToken"]

    for operation in ("list_roots", "list_accounts"):
        foreign = token if operation == "list_roots" else "MjA="
        assert refused(organizations, operation, NextToken=foreign).code == "InvalidInputException"


def test_the_tree_matches_the_sample(management: Identity) -> None:
    """A walk from the root finds every unit by its path, and every account in its unit."""
    organizations = management.client("organizations")
    accounts = {}
    units = {}

    def walk(parent: str, path: str) -> None:
        for account in all_of(organizations, "list_accounts_for_parent", "Accounts", ParentId=parent):
            accounts[account["Id"]] = path
        listing = "list_organizational_units_for_parent"
        for unit in all_of(organizations, listing, "OrganizationalUnits", ParentId=parent):
            units[f"{path}/{unit['Name']}"] = unit["Id"]
            walk(unit["Id"], f"{path}/{unit['Name']}")

    walk(organizations.list_roots()["Roots"][0]["Id"], "Root")

    assert units == dict(SAMPLE.organizational_units)
    assert accounts == {account.id: account.ou for account in SAMPLE.accounts}


def test_the_parent_of_an_account_is_its_unit(management: Identity) -> None:
    """Both ListParents and Paths show it."""
    organizations = management.client("organizations")
    asia = SAMPLE.organizational_units["Root/Workloads/Production/Asia"]

    parents = organizations.list_parents(ChildId=MEMBER)["Parents"]
    paths = organizations.describe_account(AccountId=MEMBER)["Account"]["Paths"]

    assert parents == [{"Id": asia, "Type": "ORGANIZATIONAL_UNIT"}]
    assert paths[0].startswith(f"{SAMPLE.id}/{SAMPLE.root_id}/")
    assert paths[0].endswith(f"/{asia}/{MEMBER}/")


def test_accounts_can_lack_new_and_retired_members() -> None:
    """AWS has added State and Paths, and will remove Status."""
    with LocalAws(options=("--account-lacks", "Status", "--account-lacks", "Paths", "--no-blank-pages")) as aws:
        organizations = Identity(aws.endpoint_url, MANAGEMENT).client("organizations")
        account = organizations.describe_account(AccountId=MEMBER)["Account"]
        pages = list(organizations.get_paginator("list_accounts").paginate())

    assert account["State"] == "ACTIVE"
    assert account.keys().isdisjoint({"Status", "Paths"})
    assert [len(page["Accounts"]) for page in pages] == [20, 4]


def test_any_member_may_describe_the_organization_but_not_list_it(member: Identity) -> None:
    """Listing is for the management account and delegated administrators."""
    organizations = member.client("organizations")

    described = organizations.describe_organization()["Organization"]
    denied = refused(organizations, "list_accounts")

    assert (described["Id"], described["MasterAccountId"]) == (SAMPLE.id, MANAGEMENT)
    assert denied.code == "AccessDeniedException"
    assert denied.message == "You don't have permissions to access this resource."


def test_a_delegated_administrator_of_any_service_may_list(management: Identity, audit: Identity) -> None:
    """It may not change anything."""
    delegate(management.client("organizations"), AUDIT, "securityhub.amazonaws.com")
    organizations = audit.client("organizations")

    delegates = organizations.list_delegated_administrators()["DelegatedAdministrators"]
    denied = refused(organizations, "enable_aws_service_access", ServicePrincipal="sso.amazonaws.com")

    assert [delegate["Id"] for delegate in delegates] == [AUDIT]
    assert len(all_of(organizations, "list_accounts", "Accounts")) == len(SAMPLE.accounts)
    assert denied.code == "AccessDeniedException"


def test_an_account_outside_has_no_organization(aws: LocalAws) -> None:
    """The error code is AWSOrganizationsNotInUseException."""
    outsider = Identity(aws.endpoint_url, "999999999999")

    denied = refused(outsider.client("organizations"), "describe_organization")

    assert denied.code == "AWSOrganizationsNotInUseException"


def test_trusted_access_is_listed(management: Identity) -> None:
    """The list has the services of the sample and those enabled later."""
    organizations = management.client("organizations")
    organizations.enable_aws_service_access(ServicePrincipal="sso.amazonaws.com")

    listing = "list_aws_service_access_for_organization"
    listed = all_of(organizations, listing, "EnabledServicePrincipals")

    assert [service["ServicePrincipal"] for service in listed] == [
        *SAMPLE.trusted_access,
        "sso.amazonaws.com",
    ]


def test_a_closed_account_is_suspended(management: Identity) -> None:
    """It stays in the organization, with its new state."""
    organizations = management.client("organizations")

    organizations.close_account(AccountId=MEMBER)

    account = organizations.describe_account(AccountId=MEMBER)["Account"]
    assert (account["State"], account["Status"]) == ("SUSPENDED", "SUSPENDED")
