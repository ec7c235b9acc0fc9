"""The bucket of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from regionproof.permissions import LEDGER_PREFIX, RUN_PREFIX
from stacks.constructs.ledger_bucket import WRITES

from .synthesis import rights
from .test_findings_topic import WITHOUT_TLS

if TYPE_CHECKING:
    from .synthesis import Assembly, Synthesized

BUCKET = "Ledger/Bucket"


def test_ledger_is_versioned_and_encrypted(audit: Synthesized) -> None:
    """A ledger that was overwritten can be taken back, and it lies encrypted by S3."""
    bucket = audit.properties(BUCKET)
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_ledger_is_nobody_elses(audit: Synthesized) -> None:
    """No access list counts, and nothing can make the bucket public."""
    bucket = audit.properties(BUCKET)
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert bucket["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }


def test_bucket_denies_every_call_without_tls(audit: Synthesized) -> None:
    """The bucket's policy denies, and allows no one anything."""
    statement, _ = statements(audit)
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", {"AWS": "*"}, "s3:*")
    assert statement["Resource"] == ["${Ledger/Bucket.Arn}", "${Ledger/Bucket.Arn}/*"]
    assert statement["Condition"] == WITHOUT_TLS


def statements(audit: Synthesized) -> list[dict[str, Any]]:
    """Return the statements of the bucket's policy."""
    found: list[dict[str, Any]] = audit.properties(f"{BUCKET}/Policy")["PolicyDocument"]["Statement"]
    return found


@pytest.mark.parametrize("mode", ["default", "distributed", "root_from_elsewhere"])
def test_only_the_function_writes_objects(mode: str, request: pytest.FixtureRequest) -> None:
    """Everybody else is denied, whatever their own policies allow; no one is denied to change this policy."""
    audit: Synthesized = request.getfixturevalue(mode).audit
    _, statement = statements(audit)
    assert statement == {
        "Sid": "OnlyTheAuditWrites",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": [
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:PutObject",
            "s3:ReplicateDelete",
            "s3:ReplicateObject",
        ],
        "Resource": "${Ledger/Bucket.Arn}/*",
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": ["${Audit/Role.Arn}"]}},
    }


@pytest.mark.parametrize("mode", ["default", "distributed"])
def test_whoever_may_write_is_admitted_to_the_bucket(mode: str, request: pytest.FixtureRequest) -> None:
    """No role has a right to write that the bucket's policy would deny."""
    audit: Synthesized = request.getfixturevalue(mode).audit
    writing = {
        f"${{{path}.Arn}}"
        for path in audit.paths("AWS::IAM::Role")
        for action, resource in rights(audit.properties(path))
        if action in WRITES and resource.startswith("${Ledger/Bucket")
    }
    (admitted,) = (one["Condition"]["ArnNotEquals"] for one in statements(audit) if one["Action"] != "s3:*")
    assert writing == set(admitted["aws:PrincipalArn"])


def test_ledger_stays_when_its_stack_goes_but_not_after_a_first_deployment_that_failed(audit: Synthesized) -> None:
    """RetainExceptOnCreate: a rollback of the creation deletes the empty bucket, everything later keeps it."""
    bucket = audit.resource(BUCKET)
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"


def test_ledger_that_an_earlier_deployment_left_can_be_taken_over(audit: Synthesized, other: Assembly) -> None:
    """Under a name that is written out, as CloudFormation imports no other; else CloudFormation names the bucket."""
    assert "BucketName" not in audit.properties(BUCKET)
    assert other.audit.properties(BUCKET)["BucketName"] == "regionproof-ledgerbucket-1a2b3c"
    assert other.audit.resource(BUCKET)["DeletionPolicy"] == "RetainExceptOnCreate"
    assert other.audit.paths("AWS::S3::BucketPolicy") == audit.paths("AWS::S3::BucketPolicy")


def rules(audit: Synthesized) -> dict[str, Any]:
    """Return what the bucket does to old objects, by the id of the rule."""
    return {rule["Id"]: rule for rule in audit.properties(BUCKET)["LifecycleConfiguration"]["Rules"]}


def test_old_versions_go_after_ninety_days_but_for_the_newest_ten(audit: Synthesized) -> None:
    """The bucket does not grow for ever, and a rare schedule leaves something to go back to."""
    rule = rules(audit)["KeepRecentVersions"]
    assert rule["Status"] == "Enabled"
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90, "NewerNoncurrentVersions": 10}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert rule.keys().isdisjoint({"ExpirationInDays", "ExpirationDate", "Transitions", "Prefix"})


def test_nothing_but_files_of_runs_is_ever_deleted_for_its_age(audit: Synthesized) -> None:
    """The ledger is no such file, however old it is."""
    expiring = [rule for rule in rules(audit).values() if "ExpirationInDays" in rule]
    assert [rule["Prefix"] for rule in expiring] == [RUN_PREFIX]
    assert not LEDGER_PREFIX.startswith(RUN_PREFIX)
