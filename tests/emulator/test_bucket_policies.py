"""Policies of buckets: an explicit denial counts whatever the caller's own policies allow.

The local AWS asks no policy for the root user, whom AWS would deny, too.
"""

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
RIGHTS = ["s3:PutObject", "s3:DeleteObject", "s3:GetObject"]


@pytest.fixture
def denying(management: Identity) -> Identity:
    """Return the root user of an account whose bucket only one role may write to."""
    s3 = management.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(**OBJECT, Body=b"before")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=document(POLICY))
    return management


def _session_of(root: Identity, role: str) -> Any:
    arn = root.make_role(role, RIGHTS, trusted=f"arn:aws:iam::{MANAGEMENT}:root")
    return root.make_user("somebody", "sts:AssumeRole").assume(arn).client("s3")


def test_the_role_that_the_policy_admits_writes(denying: Identity) -> None:
    """Its sessions carry the ARN of the role."""
    s3 = _session_of(denying, "Writer")
    s3.put_object(**OBJECT, Body=b"after")
    assert s3.get_object(**OBJECT)["Body"].read() == b"after"


@pytest.mark.parametrize("operation", ["put_object", "delete_object"])
def test_another_role_with_the_same_rights_is_denied(denying: Identity, operation: str) -> None:
    """And may still read."""
    s3 = _session_of(denying, "Administrator")
    assert refused(s3, operation, **OBJECT).code == "AccessDenied"
    assert s3.get_object(**OBJECT)["Body"].read() == b"before"


def test_the_policy_itself_can_be_taken_away(denying: Identity) -> None:
    """A denial of objects is none of the bucket."""
    denying.client("s3").delete_bucket_policy(Bucket=BUCKET)
    _session_of(denying, "Administrator").put_object(**OBJECT, Body=b"after")
