"""OrganizationAccountAccessRole exists in the member accounts and trusts the management account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator.process import ORGANIZATION
from emulator.sample import RefusalReason, read_sample
from emulator.services.iam import access_role
from tests.emulator.identities import AUDIT, MANAGEMENT, MEMBER, Identity, refused

if TYPE_CHECKING:
    from emulator.process import LocalAws

pytestmark = pytest.mark.network

SAMPLE = read_sample(ORGANIZATION)
ROLE = f"arn:aws:iam::{MEMBER}:role/{access_role.NAME}"


def test_the_management_account_may_do_everything_with_the_role(management: Identity) -> None:
    """The role is an administrator of its own account."""
    iam = management.assume(ROLE).client("iam")

    iam.create_user(UserName="tester")

    assert iam.get_user(UserName="tester")["User"]["Arn"] == f"arn:aws:iam::{MEMBER}:user/tester"


def test_the_role_trusts_no_other_account(audit: Identity) -> None:
    """Even the audit account cannot assume it."""
    denied = refused(audit.client("sts"), "assume_role", RoleArn=ROLE, RoleSessionName="session")

    assert denied.code == "AccessDenied"


def test_every_account_except_the_management_account_has_the_role(aws: LocalAws) -> None:
    """Accounts whose roles are deleted in the sample do not have it either."""
    without = {account.id for account in SAMPLE.accounts if account.refusal is RefusalReason.NO_ROLE}
    accounts_with_role = set()
    for account_id in (MANAGEMENT, AUDIT, MEMBER, *without):
        roles = Identity(aws.endpoint_url, account_id).client("iam").list_roles()["Roles"]
        if access_role.NAME in {role["RoleName"] for role in roles}:
            accounts_with_role.add(account_id)

    assert without
    assert accounts_with_role == {AUDIT, MEMBER}
