"""Every right of the deployed roles is needed: without it, the audit no longer tells the truth."""

from __future__ import annotations

import copy
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from .stage import MANAGEMENT_ACCOUNT_ID, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.network, pytest.mark.xdist_group("deployed")]

FUNCTION_ROLE = "RegionProofAuditFunction"
MEMBER_ROLE = "RegionProofAudit"
A_MEMBER = "400000000001"

USED_BY_LAMBDA_ITSELF = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}
"""The service uses these in the function's name, and the emulator's Lambda does not ask IAM for them."""

FUNCTION_ACTIONS = (
    "account:ListRegions",
    "iam:GetAccountSummary",
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListRoots",
    "securityhub:BatchImportFindings",
    "sns:Publish",
    "sts:AssumeRole",
)
NEEDED_WITHOUT_PATHS = {"organizations:ListAccountsForParent"}
"""Asked only where Organizations does not tell the paths of accounts."""

MEMBER_ACTIONS = ("account:ListRegions", "iam:GetAccountSummary")


def iam_of(stage: Stage, account_id: str) -> Any:
    """Return an IAM client of an account's root."""
    session: Any = boto3.Session(aws_access_key_id=account_id, aws_secret_access_key="test", region_name="us-east-1")
    return session.client("iam", endpoint_url=stage.deployment.aws.endpoint_url)


def policies_of(iam: Any, role: str) -> dict[str, dict[str, Any]]:
    """Return the inline policies of a role, by name."""
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}


def actions_in(document: dict[str, Any]) -> set[str]:
    """Return the actions of a policy."""
    listed: set[str] = set()
    for statement in document["Statement"]:
        action = statement["Action"]
        listed |= {action} if isinstance(action, str) else set(action)
    return listed


@contextmanager
def without(iam: Any, role: str, action: str) -> Iterator[None]:
    """Take one action out of every policy of a role, and put it back."""
    before = policies_of(iam, role)
    for name, document in before.items():
        if action in actions_in(document):
            _put(iam, role, name, _less(document, action))
    try:
        yield
    finally:
        for name, document in before.items():
            _put(iam, role, name, document)


def _less(document: dict[str, Any], action: str) -> dict[str, Any]:
    lessened = copy.deepcopy(document)
    for statement in lessened["Statement"]:
        kept = {statement["Action"]} if isinstance(statement["Action"], str) else set(statement["Action"])
        statement["Action"] = sorted(kept - {action})
    lessened["Statement"] = [statement for statement in lessened["Statement"] if statement["Action"]]
    return lessened


def _put(iam: Any, role: str, name: str, document: dict[str, Any]) -> None:
    if document["Statement"]:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    else:
        iam.delete_role_policy(RoleName=role, PolicyName=name)


def test_the_lists_of_this_file_are_the_deployed_rights(stage: Stage) -> None:
    """So that a new right can not stay untested."""
    function = set().union(*map(actions_in, policies_of(iam_of(stage, MANAGEMENT_ACCOUNT_ID), FUNCTION_ROLE).values()))
    assert function == {*FUNCTION_ACTIONS, *NEEDED_WITHOUT_PATHS, *USED_BY_LAMBDA_ITSELF}
    member = set().union(*map(actions_in, policies_of(iam_of(stage, A_MEMBER), MEMBER_ROLE).values()))
    assert member == set(MEMBER_ACTIONS)


@pytest.mark.parametrize("action", FUNCTION_ACTIONS)
def test_without_one_right_of_the_function_the_audit_no_longer_tells_the_truth(stage: Stage, action: str) -> None:
    """The run fails, or it says that an account could not be read or a finding was not delivered."""
    with (
        without(iam_of(stage, MANAGEMENT_ACCOUNT_ID), FUNCTION_ROLE, action),
        pytest.raises((AssertionError, RuntimeError)),
    ):
        stage.assert_it_tells_the_truth()


@pytest.mark.parametrize("action", MEMBER_ACTIONS)
def test_without_one_right_of_a_member_role_its_account_is_not_audited(stage: Stage, action: str) -> None:
    """That account, and no other."""
    with without(iam_of(stage, A_MEMBER), MEMBER_ROLE, action), pytest.raises(AssertionError):
        stage.assert_it_tells_the_truth()


def test_with_all_rights_back_it_tells_the_truth_again(stage: Stage) -> None:
    """So that the failures above had their one reason."""
    stage.assert_it_tells_the_truth()
