"""S3 is as strict as AWS about conditional writes, missing keys, versions and prefixes in policies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.identities import MEMBER, Identity, document, refused

pytestmark = pytest.mark.network

BUCKET = "regionproof-ledger"
KEY = "ledger/current.json"
OBJECT = {"Bucket": BUCKET, "Key": KEY}
ARN = f"arn:aws:s3:::{BUCKET}"


@pytest.fixture
def s3(member: Identity) -> Any:
    """Create a versioned bucket and return a client of its owner."""
    client = member.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return client


def auditor(owner: Identity, *statements: dict[str, Any]) -> Any:
    """Return a client of a role that may get objects of the bucket, plus the given statements."""
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{ARN}/*"}
    role = owner.make_role("Auditor", [], MEMBER)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [reading, *statements]})
    owner.client("iam").put_role_policy(RoleName="Auditor", PolicyName="allowed", PolicyDocument=policy)
    return owner.assume(role).client("s3")


def listing(prefix: str) -> dict[str, Any]:
    """Return a statement that allows listing keys that match a prefix pattern."""
    condition = {"StringLike": {"s3:prefix": prefix}}
    return {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": ARN, "Condition": condition}


def test_an_object_can_be_created_only_once(s3: Any) -> None:
    """With IfNoneMatch='*', the second write gets 412 PreconditionFailed and changes nothing."""
    s3.put_object(**OBJECT, Body=b"first", IfNoneMatch="*")

    denied = refused(s3, "put_object", **OBJECT, Body=b"second", IfNoneMatch="*")

    assert (denied.code, denied.status) == ("PreconditionFailed", 412)
    assert s3.get_object(**OBJECT)["Body"].read() == b"first"


def test_an_object_can_be_created_again_after_its_deletion(s3: Any) -> None:
    """A delete marker does not count as an object."""
    s3.put_object(**OBJECT, Body=b"first")
    s3.delete_object(**OBJECT)

    s3.put_object(**OBJECT, Body=b"second", IfNoneMatch="*")

    assert s3.get_object(**OBJECT)["Body"].read() == b"second"


def test_a_write_based_on_an_older_version_is_refused(s3: Any) -> None:
    """IfMatch with an outdated ETag gets 412 PreconditionFailed."""
    old = s3.put_object(**OBJECT, Body=b"old")["ETag"]
    new = s3.put_object(**OBJECT, Body=b"new", IfMatch=old)["ETag"]

    denied = refused(s3, "put_object", **OBJECT, Body=b"other", IfMatch=old)

    assert (denied.code, denied.status) == ("PreconditionFailed", 412)
    answer = s3.get_object(**OBJECT)
    assert (answer["Body"].read(), answer["ETag"]) == (b"new", new)


def test_a_deleted_object_cannot_be_overwritten(s3: Any) -> None:
    """IfMatch gets 404 NoSuchKey if the object does not exist."""
    etag = s3.put_object(**OBJECT, Body=b"old")["ETag"]
    s3.delete_object(**OBJECT)

    denied = refused(s3, "put_object", **OBJECT, Body=b"new", IfMatch=etag)

    assert (denied.code, denied.status) == ("NoSuchKey", 404)


def test_old_versions_are_kept(s3: Any) -> None:
    """Each version can be read by its id, even after the object was deleted."""
    bodies = (b"one", b"two", b"three")
    written = {s3.put_object(**OBJECT, Body=body)["VersionId"]: body for body in bodies}
    s3.delete_object(**OBJECT)

    listed = s3.list_object_versions(Bucket=BUCKET)

    assert {version["VersionId"] for version in listed["Versions"]} == set(written)
    assert len(listed["DeleteMarkers"]) == 1
    assert {s3.get_object(**OBJECT, VersionId=one)["Body"].read() for one in written} == set(bodies)


def test_a_missing_key_is_reported_to_callers_who_may_list(s3: Any, member: Identity) -> None:
    """The owner and a role with s3:ListBucket get 404 NoSuchKey."""
    lister = auditor(member, {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": ARN})

    for client in (s3, lister):
        denied = refused(client, "get_object", **OBJECT)
        assert (denied.code, denied.status) == ("NoSuchKey", 404)


@pytest.mark.usefixtures("s3")
def test_a_missing_key_is_denied_to_other_callers(member: Identity) -> None:
    """They get 403 AccessDenied, which names s3:ListBucket. HeadObject has no body to name it in."""
    reader = auditor(member)

    denied = refused(reader, "get_object", **OBJECT)
    head = refused(reader, "head_object", **OBJECT)

    assert (denied.code, denied.status) == ("AccessDenied", 403)
    assert f'not authorized to perform: s3:ListBucket on resource: "{ARN}"' in denied.message
    assert (head.code, head.status) == ("403", 403)


def test_an_existing_object_can_be_read_without_listing(s3: Any, member: Identity) -> None:
    """s3:GetObject is enough."""
    s3.put_object(**OBJECT, Body=b"{}")

    assert auditor(member).get_object(**OBJECT)["Body"].read() == b"{}"


@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize(("prefix", "code"), [("ledger/*", "NoSuchKey"), ("other/*", "AccessDenied")])
def test_for_a_missing_key_the_prefix_in_a_policy_is_compared_with_the_key(
    prefix: str, code: str, member: Identity
) -> None:
    """A condition on s3:prefix allows NoSuchKey for keys that match it."""
    assert refused(auditor(member, listing(prefix)), "get_object", **OBJECT).code == code


def test_a_policy_can_limit_listing_to_a_prefix(s3: Any, member: Identity) -> None:
    """Another prefix or no prefix is denied."""
    s3.put_object(**OBJECT, Body=b"{}")
    lister = auditor(member, listing("ledger/*"))

    listed = lister.list_objects_v2(Bucket=BUCKET, Prefix="ledger/")["Contents"]

    assert [item["Key"] for item in listed] == [KEY]
    assert refused(lister, "list_objects_v2", Bucket=BUCKET, Prefix="other/").code == "AccessDenied"
    assert refused(lister, "list_objects_v2", Bucket=BUCKET).code == "AccessDenied"


def test_plain_http_counts_as_tls(s3: Any) -> None:
    """The local AWS has no TLS, and a bucket policy that requires TLS still lets its clients in."""
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [ARN, f"{ARN}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=document(deny))

    s3.put_object(**OBJECT, Body=b"{}")

    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket=BUCKET, Key="other")
