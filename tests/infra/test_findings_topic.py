"""The topic of the findings, and the queue of the dead letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .synthesis import Assembly, Synthesized

WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def test_topic_is_encrypted_with_the_key_of_sns(audit: Synthesized) -> None:
    """Findings lie encrypted, and publishers of the account need no right on the key.

    The key has its name. By an ARN of the alias no one would make it in an account where SNS never used it.
    """
    assert audit.properties("Findings/Topic")["KmsMasterKeyId"] == "alias/aws/sns"


def test_topic_denies_publishing_without_tls(audit: Synthesized) -> None:
    """The topic's policy denies, and allows no one anything."""
    policy = audit.properties("Findings/Topic/Policy")
    assert policy["Topics"] == ["${Findings/Topic}"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert (statement["Action"], statement["Resource"]) == ("sns:Publish", "${Findings/Topic}")
    assert statement["Condition"] == WITHOUT_TLS


def test_every_address_of_the_settings_is_subscribed(audit: Synthesized, other: Assembly) -> None:
    """No address, no subscription."""
    assert audit.subscribers("Findings/Topic") == []
    assert other.audit.subscribers("Findings/Topic") == ["first@example.com", "second@example.com"]


def test_dead_letters_are_encrypted_and_kept_for_two_weeks(audit: Synthesized) -> None:
    """No one has to look every day."""
    assert audit.properties("DeadLetters/Queue") == {
        "SqsManagedSseEnabled": True,
        "MessageRetentionPeriod": 14 * 24 * 60 * 60,
    }


def test_queue_denies_every_call_without_tls(audit: Synthesized) -> None:
    """The queue's policy denies, and allows no one anything."""
    policy = audit.properties("DeadLetters/Queue/Policy")
    assert policy["Queues"] == ["${DeadLetters/Queue}"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", {"AWS": "*"})
    assert (statement["Action"], statement["Resource"]) == ("sqs:*", "${DeadLetters/Queue.Arn}")
    assert statement["Condition"] == WITHOUT_TLS
