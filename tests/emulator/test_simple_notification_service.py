"""SNS: what AWS refuses to publish, and the mail of a topic."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.emulator.identities import Identity, refused

if TYPE_CHECKING:
    from demo.emulator.process import LocalAws

pytestmark = pytest.mark.network

LONGEST = 262_144


@pytest.fixture
def topic(member: Identity) -> str:
    """Create a topic with one recipient."""
    sns = member.client("sns")
    arn: str = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="team@example.com")
    return arn


def test_the_mail_of_a_topic_can_be_read(aws: LocalAws, member: Identity, topic: str) -> None:
    """Only what went to email subscriptions, with the text that was meant for them."""
    texts = json.dumps({"default": "{}", "email": "Read this, Zoë."})

    member.client("sns").publish(TopicArn=topic, Subject="Alert", Message=texts, MessageStructure="json")

    assert aws.mailbox() == [
        {"endpoint": "team@example.com", "topic_arn": topic, "subject": "Alert", "message": "Read this, Zoë."},
    ]


@pytest.mark.parametrize("subject", ["a" * 101, "two\nlines"])
def test_a_subject_is_one_line_of_100_characters(subject: str, aws: LocalAws, member: Identity, topic: str) -> None:
    """Others are refused, and nothing is sent."""
    denied = refused(member.client("sns"), "publish", TopicArn=topic, Message="text", Subject=subject)

    assert (denied.code, denied.status) == ("InvalidParameter", 400)
    assert aws.mailbox() == []


def test_a_message_has_262144_bytes_at_most(aws: LocalAws, member: Identity, topic: str) -> None:
    """Bytes, not characters; one more is refused, and nothing is sent."""
    sns = member.client("sns")
    longest = "é" + "a" * (LONGEST - len("é".encode()))

    denied = refused(sns, "publish", TopicArn=topic, Message=f"{longest}.")
    sns.publish(TopicArn=topic, Message=longest)

    assert (denied.code, denied.status) == ("InvalidParameter", 400)
    assert denied.message.startswith("Invalid parameter: Message too long")
    assert [mail["message"] for mail in aws.mailbox()] == [longest]


def test_attributes_count_as_part_of_the_message(member: Identity, topic: str) -> None:
    """Name, type and value."""
    attributes = {"severity": {"DataType": "String", "StringValue": "HIGH"}}

    denied = refused(
        member.client("sns"), "publish", TopicArn=topic, Message="a" * LONGEST, MessageAttributes=attributes
    )

    assert denied.code == "InvalidParameter"
