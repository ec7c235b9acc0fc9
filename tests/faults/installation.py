"""RegionProof's surroundings in the emulator, made without the CDK: topic, bucket, roles, hub, a queue for the alerts.

The roles have exactly the rights that the product declares, and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.sample import read_sample
from regionproof import permissions
from regionproof.settings.shape import AuditSettings, RegionsRule, Rules
from tests.emulator.identities import Identity, document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulator.process import LocalAws

ORGANIZATION = Path(__file__).with_name("organization.yaml")
SAMPLE = read_sample(ORGANIZATION)
MANAGEMENT = SAMPLE.management_account_id
FUNCTION_ROLE = "RegionProofAuditFunction"
SETTINGS = AuditSettings(rules=Rules(regions_1=RegionsRule(approved=("ap-east-1",))))

_BUCKET = "regionproof-ledger"
_QUEUE = "regionproof-alerts"


@dataclass(frozen=True)
class Installation:
    """What is set up in the management account; `function` is the session of the function's role."""

    root: Identity
    function: Identity
    topic_arn: str
    bucket: str
    queue_url: str


def install(aws: LocalAws) -> Installation:
    """Set everything up as the roots of the accounts; the emulator must be in its first state."""
    root = root_of(aws, MANAGEMENT)
    topic_arn: str = root.client("sns").create_topic(Name="regionproof-findings")["TopicArn"]
    _make_bucket(root)
    root.client("securityhub").enable_security_hub(EnableDefaultStandards=False)
    role_arn = _make_function_role(root, topic_arn)
    for account in SAMPLE.accounts:
        if account.id != MANAGEMENT:
            _make_member_role(root_of(aws, account.id))
    return Installation(root, root.assume(role_arn), topic_arn, _BUCKET, _subscribe_queue(root, topic_arn))


def root_of(aws: LocalAws, account_id: str) -> Identity:
    """Return the root of an account."""
    return Identity(aws.endpoint_url, account_id)


def _make_bucket(root: Identity) -> None:
    s3 = root.client("s3")
    s3.create_bucket(Bucket=_BUCKET)
    s3.put_bucket_versioning(Bucket=_BUCKET, VersioningConfiguration={"Status": "Enabled"})


def _make_function_role(root: Identity, topic_arn: str) -> str:
    arn = root.make_role(FUNCTION_ROLE, [], trusted=f"arn:aws:iam::{MANAGEMENT}:root")
    rights: dict[str, tuple[Sequence[str], str]] = {
        "ListOrganization": (permissions.ORGANIZATION_ACTIONS, "*"),
        "AssumeMemberRole": (("sts:AssumeRole",), f"arn:aws:iam::*:role/{SETTINGS.member_role.name}"),
        "ReadOwnAccount": (permissions.member_actions(SETTINGS), "*"),
        "PublishToTopic": (permissions.SNS_ACTIONS, topic_arn),
        "ImportFindings": (
            permissions.SECURITY_HUB_ACTIONS,
            f"arn:aws:securityhub:us-east-1:{MANAGEMENT}:product/{MANAGEMENT}/default",
        ),
        "ListFindings": (
            permissions.SECURITY_HUB_LISTING_ACTIONS,
            f"arn:aws:securityhub:us-east-1:{MANAGEMENT}:hub/default",
        ),
        "KeepLedger": (permissions.LEDGER_ACTIONS, f"arn:aws:s3:::{_BUCKET}/{permissions.LEDGER_PREFIX}*"),
        "SeeWhetherLedgerExists": (permissions.LEDGER_BUCKET_ACTIONS, f"arn:aws:s3:::{_BUCKET}"),
    }
    for name, (actions, resource) in rights.items():
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
        root.client("iam").put_role_policy(RoleName=FUNCTION_ROLE, PolicyName=name, PolicyDocument=document(allowed))
    return arn


def _make_member_role(member: Identity) -> None:
    member.make_role(
        SETTINGS.member_role.name,
        list(permissions.member_actions(SETTINGS)),
        trusted=f"arn:aws:iam::{MANAGEMENT}:root",
    )


def _subscribe_queue(root: Identity, topic_arn: str) -> str:
    sqs = root.client("sqs")
    queue_url: str = sqs.create_queue(QueueName=_QUEUE)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": json.dumps(_delivery_policy(arn))})
    raw = {"RawMessageDelivery": "true"}
    root.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn, Attributes=raw)
    return queue_url


def _delivery_policy(queue_arn: str) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    return {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": queue_arn}]}
