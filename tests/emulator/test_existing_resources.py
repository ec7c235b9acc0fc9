"""A stack imports a bucket that an earlier stack has left behind, if its change set asks for it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.emulator.identities import Identity

pytestmark = pytest.mark.network

BUCKET = "left-behind"


def template(policy: str) -> str:
    """Return a template with the bucket."""
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": policy, "Properties": {"BucketName": BUCKET}}
    return json.dumps({"Resources": {"Ledger": bucket}})


def deployed(owner: Identity, policy: str, *, importing: bool) -> str:
    """Create a stack with a change set. Return the status of the stack, or of the change set if that failed."""
    cloudformation = owner.client("cloudformation")
    change_set = {"StackName": "again", "ChangeSetName": "all"}
    body = {"ChangeSetType": "CREATE", "TemplateBody": template(policy), "ImportExistingResources": importing}
    cloudformation.create_change_set(**change_set, **body)
    status: str = cloudformation.describe_change_set(**change_set)["Status"]
    if status == "FAILED":
        return status
    cloudformation.execute_change_set(**change_set)
    deadline = time.monotonic() + 10
    status = "IN_PROGRESS"
    while "IN_PROGRESS" in status and time.monotonic() < deadline:
        time.sleep(0.05)
        status = cloudformation.describe_stacks(StackName="again")["Stacks"][0]["StackStatus"]
    return status


@pytest.mark.parametrize(
    ("policy", "importing", "status"),
    [
        ("RetainExceptOnCreate", True, "CREATE_COMPLETE"),
        ("RetainExceptOnCreate", False, "ROLLBACK_COMPLETE"),
        ("Delete", True, "FAILED"),
    ],
)
def test_an_existing_bucket_is_imported_only_if_the_change_set_asks_for_it(
    policy: str, status: str, member: Identity, *, importing: bool
) -> None:
    """The template must also retain the bucket. The bucket and its objects survive in every case."""
    s3 = member.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="ledger.json", Body=b"{}")

    assert deployed(member, policy, importing=importing) == status

    assert s3.get_object(Bucket=BUCKET, Key="ledger.json")["Body"].read() == b"{}"
