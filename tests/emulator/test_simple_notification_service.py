"""SNS: refused messages, e-mails, and the KMS keys of topics."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.identities import Identity, refused

if TYPE_CHECKING:
    from emulator.process import LocalAws

pytestmark = pytest.mark.network

LONGEST = 262_144


@pytest.fixture
def topic(member: Identity) -> str:
    """Create a topic with one e-mail subscription."""
    sns = member.client("sns")
    arn: str = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="team@example.com")
    return arn


def test_the_emails_of_a_topic_can_be_read(aws: LocalAws, member: Identity, topic: str) -> None:
    """The mailbox has the deliveries to e-mail subscriptions, with the text for them."""
    texts = json.dumps({"default": "{}", "email": "Read this, Zoë."})

    member.client("sns").publish(TopicArn=topic, Subject="Alert", Message=texts, MessageStructure="json")

    assert aws.mailbox() == [
        {"endpoint": "team@example.com", "topic_arn": topic, "subject": "Alert", "message": "Read this, Zoë."},
    ]


@pytest.mark.parametrize("subject", ["a" * 101, "two\nlines"])
def test_a_subject_is_one_line_of_100_characters(subject: str, aws: LocalAws, member: Identity, topic: str) -> None:
    """Other subjects are refused, and nothing is sent."""
    denied = refused(member.client("sns"), "publish", TopicArn=topic, Message="text", Subject=subject)

    assert (denied.code, denied.status) == ("InvalidParameter", 400)
    assert aws.mailbox() == []


def test_a_message_has_at_most_262144_bytes(aws: LocalAws, member: Identity, topic: str) -> None:
    """The limit is in bytes, not characters. A longer message is refused and not sent."""
    sns = member.client("sns")
    longest = "é" + "a" * (LONGEST - len("é".encode()))

    denied = refused(sns, "publish", TopicArn=topic, Message=f"{longest}.")
    sns.publish(TopicArn=topic, Message=longest)

    assert (denied.code, denied.status) == ("InvalidParameter", 400)
    assert denied.message.startswith("Invalid parameter: Message too long")
    assert [mail["message"] for mail in aws.mailbox()] == [longest]


def test_attributes_count_as_part_of_the_message(member: Identity, topic: str) -> None:
    """Their names, types and values all count."""
    attributes = {"severity": {"DataType": "String", "StringValue": "HIGH"}}

    denied = refused(
        member.client("sns"), "publish", TopicArn=topic, Message="a" * LONGEST, MessageAttributes=attributes
    )

    assert denied.code == "InvalidParameter"


def encrypted(owner: Identity, key: str) -> str:
    """Create a topic with a KMS key, and return its ARN."""
    arn: str = owner.client("sns").create_topic(Name="encrypted", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    return arn


def alias_arn(owner: Identity) -> str:
    """Return the alias ARN of AWS's managed key for SNS."""
    return f"arn:aws:kms:us-east-1:{owner.access_key}:alias/aws/sns"


def test_the_first_message_creates_the_managed_key_by_its_name(member: Identity) -> None:
    """This works in an account that has never used SNS with encryption."""
    kms = member.client("kms")
    before = {alias["AliasName"] for alias in kms.list_aliases()["Aliases"]}

    member.client("sns").publish(TopicArn=encrypted(member, "alias/aws/sns"), Message="text")

    after = {alias["AliasName"] for alias in kms.list_aliases()["Aliases"]}
    assert after - before == {"alias/aws/sns"}


def test_the_managed_key_is_never_created_by_its_arn(aws: LocalAws, member: Identity) -> None:
    """Every message to the topic is refused."""
    topic = encrypted(member, alias_arn(member))
    member.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="team@example.com")

    denied = [refused(member.client("sns"), "publish", TopicArn=topic, Message="text") for _ in range(2)]

    assert {(one.code, one.status) for one in denied} == {("KMSNotFound", 400)}
    assert aws.mailbox() == []


@pytest.mark.parametrize("use", ["describe", "publish"])
def test_the_managed_key_can_be_used_by_its_arn_once_it_exists(use: str, member: Identity) -> None:
    """Another topic with the key's name creates it, and so does DescribeKey with its name."""
    topic = encrypted(member, alias_arn(member))
    if use == "describe":
        member.client("kms").describe_key(KeyId="alias/aws/sns")
    else:
        named = member.client("sns").create_topic(Name="named", Attributes={"KmsMasterKeyId": "alias/aws/sns"})
        member.client("sns").publish(TopicArn=named["TopicArn"], Message="text")

    assert member.client("sns").publish(TopicArn=topic, Message="text")["MessageId"]


def test_a_managed_key_in_another_account_or_region_does_not_help(member: Identity, audit: Identity) -> None:
    """Each account and Region has its own key."""
    audit.client("kms").describe_key(KeyId="alias/aws/sns")
    member.client("kms", "eu-west-1").describe_key(KeyId="alias/aws/sns")

    denied = refused(member.client("sns"), "publish", TopicArn=encrypted(member, alias_arn(member)), Message="text")

    assert denied.code == "KMSNotFound"


@pytest.mark.parametrize(
    ("action", "code"), [("disable_key", "KMSDisabled"), ("schedule_key_deletion", "KMSInvalidState")]
)
def test_a_customer_managed_key_must_be_usable(action: str, code: str, member: Identity) -> None:
    """A disabled key and a key pending deletion are not."""
    kms = member.client("kms")
    key = kms.create_key()["KeyMetadata"]
    topic = encrypted(member, key["Arn"])
    assert member.client("sns").publish(TopicArn=topic, Message="text")["MessageId"]

    getattr(kms, action)(KeyId=key["KeyId"])

    assert refused(member.client("sns"), "publish", TopicArn=topic, Message="text").code == code


def test_a_topic_gets_its_key_from_a_template_and_loses_it_with_an_update(member: Identity) -> None:
    """It behaves like a topic that was created through the API."""
    cloudformation = member.client("cloudformation")

    def deploy(action: str, **properties: str) -> str:
        """Create or update the stack, and return the ARN of its topic."""
        body: dict[str, Any] = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": properties}}}
        getattr(cloudformation, action)(StackName="alerts", TemplateBody=json.dumps(body))
        deadline = time.monotonic() + 10
        while "IN_PROGRESS" in cloudformation.describe_stacks(StackName="alerts")["Stacks"][0]["StackStatus"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        described = cloudformation.describe_stack_resource(StackName="alerts", LogicalResourceId="Topic")
        arn: str = described["StackResourceDetail"]["PhysicalResourceId"]
        return arn

    topic = deploy("create_stack", KmsMasterKeyId=alias_arn(member))
    denied = refused(member.client("sns"), "publish", TopicArn=topic, Message="text")
    attributes = member.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    deploy("update_stack", DisplayName="alerts")

    assert (denied.code, attributes["KmsMasterKeyId"]) == ("KMSNotFound", alias_arn(member))
    assert member.client("sns").publish(TopicArn=topic, Message="text")["MessageId"]
