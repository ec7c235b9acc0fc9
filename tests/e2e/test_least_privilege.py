"""Every right of the deployed roles is needed: without it, the audit no longer tells the truth."""

from __future__ import annotations

import copy
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from emulator.services.security_hub.asff import REQUIRED
from tests.emulator.identities import Identity, refused

from .rights import USED_BY_LAMBDA_ITSELF, actions_in, granted, policies_of, without_policy
from .stage import MANAGEMENT_ACCOUNT_ID, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.network

FUNCTION_ROLE = "RegionProofAuditFunction"
MEMBER_ROLE = "RegionProofAudit"
A_MEMBER = "400000000001"

FUNCTION_ACTIONS = (
    "account:ListRegions",
    "iam:GetAccountSummary",
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListRoots",
    "s3:GetObject",
    "s3:PutObject",
    "securityhub:BatchImportFindings",
    "sts:AssumeRole",
)
NEEDED_AT_TIMES = {
    "organizations:ListAccountsForParent",
    "s3:ListBucket",
    "securityhub:DescribeHub",
    "securityhub:GetFindings",
    "sns:Publish",
}
"""Where Organizations does not tell the paths of accounts; on the first run, to see that there is no ledger yet;
for the first step, which tells that Security Hub is not enabled and stops nothing; after the ledger was lost; where
something changed. Each has its own test here or elsewhere."""

LIST_REGIONS = "account:ListRegions"
MEMBER_ACTIONS = (LIST_REGIONS, "iam:GetAccountSummary")
REGIONS_DENIED = "500000000001"
"""A service control policy denies it all Regions but two, and so account:ListRegions."""

SHUT = "400000000010"
"""A service control policy denies it everything, so only half of it is known: the central answer about its Regions."""


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
    """So that a new right cannot stay untested."""
    function = granted(stage.client_of(MANAGEMENT_ACCOUNT_ID, "iam"), FUNCTION_ROLE)
    assert function == {*FUNCTION_ACTIONS, *NEEDED_AT_TIMES, *USED_BY_LAMBDA_ITSELF}
    member = granted(stage.client_of(A_MEMBER, "iam"), MEMBER_ROLE)
    assert member == set(MEMBER_ACTIONS)


@pytest.mark.parametrize("action", FUNCTION_ACTIONS)
def test_without_one_right_of_the_function_the_audit_no_longer_tells_the_truth(stage: Stage, action: str) -> None:
    """The run fails, or it says that an account could not be read or a finding was not delivered."""
    with (
        without(stage.client_of(MANAGEMENT_ACCOUNT_ID, "iam"), FUNCTION_ROLE, action),
        pytest.raises((AssertionError, RuntimeError)),
    ):
        stage.assert_it_tells_the_truth()


@pytest.mark.parametrize("action", [action for action in MEMBER_ACTIONS if action != LIST_REGIONS])
def test_without_one_right_of_a_member_role_its_account_is_not_audited(stage: Stage, action: str) -> None:
    """That account, and no other."""
    with without(stage.client_of(A_MEMBER, "iam"), MEMBER_ROLE, action), pytest.raises(AssertionError):
        stage.assert_it_tells_the_truth()


def test_without_the_right_to_list_its_regions_a_member_is_asked_about_centrally(stage: Stage) -> None:
    """That account and those whose policies deny it, and the findings of those that were read say so."""
    with without(stage.client_of(A_MEMBER, "iam"), MEMBER_ROLE, LIST_REGIONS):
        before = len(stage.deployment.aws.calls())
        stage.assert_it_tells_the_truth()
        assert asked_centrally(stage, before) == {A_MEMBER, REGIONS_DENIED, SHUT}
        for account_id in (A_MEMBER, REGIONS_DENIED):
            assert "in part centrally" in stage.finding(account_id, "Coverage.1")["Description"]
        function = stage.client_of(MANAGEMENT_ACCOUNT_ID, "iam")
        with without(function, FUNCTION_ROLE, LIST_REGIONS), pytest.raises(AssertionError):
            stage.assert_it_tells_the_truth()


def test_a_member_whose_policy_denies_regions_is_judged_in_full(stage: Stage) -> None:
    """It uses an opt-in Region, which only the central answer says."""
    before = len(stage.deployment.aws.calls())
    stage.assert_it_tells_the_truth()
    assert asked_centrally(stage, before) == {REGIONS_DENIED, SHUT}
    assert "ap-east-1" in stage.finding(REGIONS_DENIED, "STS.1")["Description"]
    assert "Read centrally" in stage.finding(REGIONS_DENIED, "Regions.1")["Description"]


def test_without_the_right_to_ask_centrally_a_member_that_denies_regions_is_not_audited(stage: Stage) -> None:
    """Its finding names the denial in the account and that of the function."""
    iam = stage.client_of(MANAGEMENT_ACCOUNT_ID, "iam")
    (name,) = [name for name in policies_of(iam, FUNCTION_ROLE) if "Centrally" in name]
    document = policies_of(iam, FUNCTION_ROLE)[name]
    iam.delete_role_policy(RoleName=FUNCTION_ROLE, PolicyName=name)
    try:
        with pytest.raises(AssertionError):
            stage.assert_it_tells_the_truth()
        inside, _, centrally = stage.finding(REGIONS_DENIED, "Coverage.1")["Description"].partition("Asked centrally, ")
        assert "a service control policy denies account:ListRegions" in inside
        assert "deploy again" in centrally
    finally:
        _put(iam, FUNCTION_ROLE, name, document)


def asked_centrally(stage: Stage, after: int) -> set[str]:
    """Return the accounts that the function asked about by their ids."""
    calls = stage.deployment.aws.calls(after=after, role=FUNCTION_ROLE)
    return {call["target"] for call in calls if call["action"] == LIST_REGIONS and call["target"]}


def test_without_the_right_to_publish_a_change_is_not_told_and_not_forgotten(stage: Stage) -> None:
    """The receipt says so, and the next run tells it."""
    account_id = "500000000003"
    iam = stage.client_of(account_id, "iam")
    stage.invoke({})  # so that nothing else is left to report
    with without(stage.client_of(MANAGEMENT_ACCOUNT_ID, "iam"), FUNCTION_ROLE, "sns:Publish"):
        iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
        assert stage.invoke({})["delivery"]["SNS"] == {"delivered": 0, "undelivered": 1}
    assert stage.invoke({})["delivery"]["SNS"] == {"delivered": 1, "undelivered": 0}
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v1Token")
    stage.invoke({})


def test_without_the_right_to_list_the_bucket_a_first_run_is_not_taken_for_one(stage: Stage) -> None:
    """A missing ledger and a hidden one must not look the same."""
    s3, bucket = stage.deployment.client("s3"), stage.observer.outputs["LedgerBucketName"]
    stage.invoke({})
    kept = s3.get_object(Bucket=bucket, Key="ledger/ledger.json.gz")["Body"].read()
    with without_policy(s3, bucket):
        s3.delete_object(Bucket=bucket, Key="ledger/ledger.json.gz")
    with (
        without(stage.client_of(MANAGEMENT_ACCOUNT_ID, "iam"), FUNCTION_ROLE, "s3:ListBucket"),
        pytest.raises(RuntimeError, match="s3:ListBucket"),
    ):
        stage.invoke({})
    with without_policy(s3, bucket):
        s3.put_object(Bucket=bucket, Key="ledger/ledger.json.gz", Body=kept)


GONE = "999999999999"
"""An account that left while the ledger was lost."""


def test_without_the_right_to_list_findings_old_ones_wait_for_the_next_run(stage: Stage) -> None:
    """What a lost ledger knew is archived as soon as Security Hub lists it, and is never taken for none."""
    hub, s3 = stage.deployment.client("securityhub"), stage.deployment.client("s3")
    stage.invoke({})
    known = stage.finding(A_MEMBER, "STS.1")
    orphan = {name: known[name] for name in (*REQUIRED, "FindingProviderFields", "Compliance")}
    hub.batch_import_findings(Findings=[{**orphan, "Id": f"{known['Id'].rpartition('/400')[0]}/{GONE}/STS.1"}])
    bucket = stage.observer.outputs["LedgerBucketName"]
    with without_policy(s3, bucket):
        s3.delete_object(Bucket=bucket, Key="ledger/ledger.json.gz")
    with without(stage.client_of(MANAGEMENT_ACCOUNT_ID, "iam"), FUNCTION_ROLE, "securityhub:GetFindings"):
        assert "ORPHANED" not in stage.invoke({})["changes"]
        assert stage.finding(GONE, "STS.1")
    assert stage.invoke({})["changes"] == {"ORPHANED": 1}
    assert not [found["Id"] for found in stage.observer.findings() if GONE in found["Id"]]
    assert stage.invoke({})["changes"] == {}


def test_nobody_but_the_function_writes_the_ledger(stage: Stage) -> None:
    """A role with every right on the bucket, and the root user, are denied by the bucket's own policy, and may read."""
    iam = stage.client_of(MANAGEMENT_ACCOUNT_ID, "iam")
    root = Identity(stage.deployment.aws.endpoint_url, MANAGEMENT_ACCOUNT_ID)
    arn = root.make_role("Administrator", "s3:*", trusted=f"arn:aws:iam::{MANAGEMENT_ACCOUNT_ID}:root")
    somebody = root.make_user("somebody", "sts:AssumeRole").assume(arn).client("s3")
    ledger = {"Bucket": stage.observer.outputs["LedgerBucketName"], "Key": "ledger/ledger.json.gz"}
    for caller in (somebody, root.client("s3")):
        assert refused(caller, "put_object", **ledger, Body=b"forged").code == "AccessDenied"
        assert refused(caller, "delete_object", **ledger).code == "AccessDenied"
        assert caller.get_object(**ledger)["Body"].read()
    iam.delete_role_policy(RoleName="Administrator", PolicyName="allowed")
    iam.delete_role(RoleName="Administrator")


def test_with_all_rights_back_it_tells_the_truth_again(stage: Stage) -> None:
    """So that the failures above had their one reason."""
    stage.assert_it_tells_the_truth()
