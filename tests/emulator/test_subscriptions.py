"""SNS: mail subscriptions that nobody confirmed, or that somebody ended."""

from __future__ import annotations

import urllib.error
from typing import TYPE_CHECKING, Any

import pytest

from emulator.services.sns.subscriptions import CONFIRMED, DELETED, PENDING

if TYPE_CHECKING:
    from emulator.process import LocalAws
    from tests.emulator.identities import Identity

pytestmark = pytest.mark.network

ADDRESS = "jane@example.com"


def topic_with_address(sns: Any) -> str:
    """Return a topic to which the address is subscribed."""
    topic: str = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=ADDRESS)
    return topic


def listed(sns: Any, topic: str) -> list[str]:
    """Return what stands for the ARN of each subscription."""
    return [one["SubscriptionArn"] for one in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]]


@pytest.mark.parametrize("state", [PENDING, DELETED])
def test_a_subscription_in_another_state_is_listed_by_it_and_gets_no_mail(
    aws: LocalAws, management: Identity, state: str
) -> None:
    """Until it is confirmed again."""
    sns = management.client("sns")
    topic = topic_with_address(sns)

    assert aws.change_subscription(topic, ADDRESS, state) == 1
    sns.publish(TopicArn=topic, Message="nobody reads this")
    before, mails = listed(sns, topic), len(aws.mailbox())
    aws.change_subscription(topic, ADDRESS, CONFIRMED)
    sns.publish(TopicArn=topic, Message="this is read")

    assert (before, mails) == ([state], 0)
    assert listed(sns, topic)[0].startswith(f"{topic}:")
    assert [mail["message"] for mail in aws.mailbox()] == ["this is read"]


def test_an_endpoint_that_did_not_confirm_yet_is_listed_as_pending(management: Identity) -> None:
    """As AWS lists it, without an ARN."""
    sns = management.client("sns")
    topic: str = sns.create_topic(Name="hooks")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://127.0.0.1:9/hook")
    assert listed(sns, topic) == [PENDING]


def test_another_state_is_refused(aws: LocalAws, management: Identity) -> None:
    """With the ones that there are."""
    topic = topic_with_address(management.client("sns"))
    with pytest.raises(urllib.error.HTTPError):
        aws.change_subscription(topic, ADDRESS, "asleep")
