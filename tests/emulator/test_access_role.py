"""OrganizationAccountAccessRole is in the accounts of the organization, for the management account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator.process import ORGANIZATION
from emulator.sample import Refusal, read_sample
from emulator.services.iam import access_role
from tests.emulator.identities import AUDIT, MANAGEMENT, MEMBER, Identity, refused

if TYPE_CHECKING:
    from emulator.process import LocalAws

pytestmark = pytest.mark.network

SAMPLE = read_sample(ORGANIZATION)
ROLE = f"arn:aws:iam::{MEMBER}:role/{access_role.NAME}"


def test_the_management_account_may_do_everything_with_it(management: Identity) -> None:
    """In the account that it belongs to."""
    iam = management.assume(ROLE).client("iam")

    iam.create_user(UserName="somebody")

    assert iam.get_user(UserName="somebody")["User"]["Arn"] == f"arn:aws:iam::{MEMBER}:user/somebody"


def test_it_trusts_no_other_account(audit: Identity) -> None:
    """Not even the audit account."""
    denied = refused(audit.client("sts"), "assume_role", RoleArn=ROLE, RoleSessionName="session")

    assert denied.code == "AccessDenied"


def test_it_is_in_every_account_but_the_management_account(aws: LocalAws) -> None:
    """And not where the sample says that somebody deletes roles."""
    without = {account.id for account in SAMPLE.accounts if account.refusal is Refusal.NO_ROLE}
    found = set()
    for account_id in (MANAGEMENT, AUDIT, MEMBER, *without):
        roles = Identity(aws.endpoint_url, account_id).client("iam").list_roles()["Roles"]
        if access_role.NAME in {role["RoleName"] for role in roles}:
            found.add(account_id)

    assert without
    assert found == {AUDIT, MEMBER}
