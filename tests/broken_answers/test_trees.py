"""A tree that cannot be: the listing fails, for it would place accounts wrongly."""

from __future__ import annotations

from typing import Any

import pytest

from regionproof.aws.organization import OrganizationLister
from regionproof.domain.accounts import Organization
from regionproof.errors import SetupError
from tests.aws.organization_world import NO_UNITS, ROOTS, A, answer_by_operation, in_the_root
from tests.support.stubs import a_client


def _listed(answers: dict[str, Any]) -> list[str]:
    """List an organization in which every operation gets its part of the same answer."""
    client = a_client("organizations")
    answer_by_operation(client, lambda operation, _asked: answers.get(operation, answers["others"]))
    return [account.id for account in OrganizationLister(client).accounts(Organization("o-exampleorg", A))]


def test_a_tree_without_a_root_is_a_failed_run() -> None:
    """Every organization has one."""
    with pytest.raises(SetupError, match="without a root"):
        _listed({"others": {"Roots": [], **NO_UNITS, "Accounts": [in_the_root(A)]}})


def test_a_unit_below_itself_is_a_failed_run() -> None:
    """Such an answer hides the units that are there. A unit that was moved meanwhile comes twice, but elsewhere."""
    with pytest.raises(SetupError, match="below itself"):
        _listed({"others": {**ROOTS, "OrganizationalUnits": ROOTS["Roots"], "Accounts": [in_the_root(A)]}})


def test_an_unusable_id_below_a_unit_is_a_failed_run() -> None:
    """It would leave the account without a place."""
    without_path = {"Id": A, "Name": "a", "State": "ACTIVE"}
    broken = {"Accounts": [{**without_path, "Id": "unheard-of"}]}
    answers = {"others": {**ROOTS, **NO_UNITS, "Accounts": [without_path]}, "ListAccountsForParent": broken}
    with pytest.raises(SetupError, match="not 12 digits"):
        _listed(answers)
