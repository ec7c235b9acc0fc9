"""The bucket of the ledger: what earlier runs saw and said, and the files of runs in steps while they last."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from regionproof.permissions import RUN_PREFIX
from stacks.acknowledgements import acknowledge

NONCURRENT_DAYS = Duration.days(90)
NEWEST_NONCURRENT_VERSIONS = 10
"""Kept however old they are: also a schedule that runs twice a year leaves something to go back to."""

DAYS_OF_RUN_FILES = Duration.days(15)
"""A failed execution can be redriven for 14 days.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

WHY_NO_ACCESS_LOG = (
    "One role reads and writes the ledger, all versions are kept, and each write is in the log of the run that made "
    "it. An access log would need a second bucket that outlives the stack. CloudTrail data events can record every "
    "access: "
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/logging-with-S3.html"
)


WRITES = (
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutObject",
    "s3:ReplicateDelete",
    "s3:ReplicateObject",
)
"""What adds, replaces or removes an object of the bucket, or a version of one.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""


class LedgerBucket(Construct):
    """A versioned S3 bucket, encrypted by S3, private, that accepts no call without TLS.

    Only the roles that ``admit_writers`` names can write to it: the ledger decides what is reported and what is
    archived.

    It stays when the stack is deleted. When a finding was first seen and what was last told can be read from
    nowhere else, and CloudFormation deletes no bucket that holds an object: the deletion would only fail. A first
    deployment that fails leaves none. With a name it is the bucket that an earlier deployment left.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str | None = None) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=name,
            versioned=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="KeepRecentVersions",
                    noncurrent_version_expiration=NONCURRENT_DAYS,
                    noncurrent_versions_to_retain=NEWEST_NONCURRENT_VERSIONS,
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                ),
                # Also with ``engine: lambda``: what was left when the engine was changed goes too.
                s3.LifecycleRule(
                    id="ForgetFilesOfRuns",
                    prefix=RUN_PREFIX,
                    expiration=DAYS_OF_RUN_FILES,
                    noncurrent_version_expiration=Duration.days(1),
                ),
            ],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        acknowledge(self.bucket, {"AwsSolutions-S1": WHY_NO_ACCESS_LOG})

    def admit_writers(self, *role_arns: str) -> None:
        """Deny writing and deleting objects to everybody except these roles, whatever their own policies allow.

        A request without a principal's ARN, such as that of an AWS service, is denied too. Lifecycle rules still
        remove old objects, as no bucket policy applies to them, and anyone who may change the bucket's policy can still
        do so: the stack can be updated and deleted.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
        """
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="OnlyTheAuditWrites",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=list(WRITES),
                resources=[self.bucket.arn_for_objects("*")],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": list(role_arns)}},
            )
        )
