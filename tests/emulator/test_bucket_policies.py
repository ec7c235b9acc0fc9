"""Bucket policies: an explicit Deny overrides the caller's own permissions, also for the root user."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.identities import MANAGEMENT, Identity, document, refused

pytestmark = pytest.mark.network

BUCKET = "regionproof-ledger"
OBJECT = {"Bucket": BUCKET, "Key": "ledger/ledger.json.gz"}
WRITER = f"arn:aws:iam::{MANAGEMENT}:role/Writer"
POLICY = {
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"],
    "Resource": f"arn:aws:s3:::{BUCKET}/*",
    "Condition": {"ArnNotEquals": {"aws:PrincipalArn": [WRITER]}},
}
PERMISSIONS = ["s3:PutObject", "s3:DeleteObject", "s3:GetObject"]


@pytest.fixture
def denying(management: Identity) -> Identity:
    """Return the root user of an account with a bucket that only one role may write to."""
    s3 = management.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(**OBJECT, Body=b"before")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=document(POLICY))
    return management


def _session_of(root: Identity, role: str) -> Any:
    arn = root.make_role(role, PERMISSIONS, trusted=f"arn:aws:iam::{MANAGEMENT}:root")
    return root.make_user("tester", "sts:AssumeRole").assume(arn).client("s3")


def test_the_role_that_the_policy_exempts_can_write(denying: Identity) -> None:
    """aws:PrincipalArn of its sessions is the ARN of the role."""
    s3 = _session_of(denying, "Writer")
    s3.put_object(**OBJECT, Body=b"after")
    assert s3.get_object(**OBJECT)["Body"].read() == b"after"


@pytest.mark.parametrize("operation", ["put_object", "delete_object"])
def test_another_role_with_the_same_permissions_is_denied(denying: Identity, operation: str) -> None:
    """It may still read."""
    s3 = _session_of(denying, "Administrator")
    assert refused(s3, operation, **OBJECT).code == "AccessDenied"
    assert s3.get_object(**OBJECT)["Body"].read() == b"before"


def test_the_policy_itself_can_be_deleted(denying: Identity) -> None:
    """A Deny on objects does not protect the bucket's policy."""
    denying.client("s3").delete_bucket_policy(Bucket=BUCKET)
    _session_of(denying, "Administrator").put_object(**OBJECT, Body=b"after")


@pytest.mark.parametrize("operation", ["put_object", "delete_object"])
def test_the_root_user_is_denied(denying: Identity, operation: str) -> None:
    """With the words of AWS, and may still read."""
    s3 = denying.client("s3")
    denied = refused(s3, operation, **OBJECT)
    assert (denied.code, denied.status) == ("AccessDenied", 403)
    assert f"arn:aws:iam::{MANAGEMENT}:root is not authorized to perform" in denied.message
    assert "with an explicit deny in a resource-based policy" in denied.message
    assert s3.get_object(**OBJECT)["Body"].read() == b"before"


def test_the_root_user_gets_past_a_policy_that_denies_everything(denying: Identity) -> None:
    """The policy itself stays open to it, or nobody could ever open the bucket again.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
    """
    s3, bucket = denying.client("s3"), f"arn:aws:s3:::{BUCKET}"
    shut = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [bucket, f"{bucket}/*"]}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=document(shut))
    assert refused(s3, "get_object", **OBJECT).code == "AccessDenied"
    assert refused(s3, "list_objects_v2", Bucket=BUCKET).code == "AccessDenied"
    assert "Deny" in s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
    s3.delete_bucket_policy(Bucket=BUCKET)
    assert s3.get_object(**OBJECT)["Body"].read() == b"before"
